"""A source's page: what it is, its history with partners, and what is done to it."""

from typing import Any

from flask import abort, request, url_for
from sqlalchemy import select

from admin_views import keyset, metrics, rankings
from admin_views.base import Screen, deed, now_at, page, shown_version
from admin_views.cells import NOTHING
from admin_views.credential_notice import notice_of
from admin_views.staff.assignment_history import of_source, since
from admin_views.staff.source_form import SourceForm, form_context
from admin_views.staff.source_page import CHANGES, OfSource
from models import Lead, Source, SourceStatus, db
from operations import call_counts, sources
from operations.asked import Whose
from operations.refusal import Invalid, Refusal, Stale
from policy import Permission, may

#: What each new status means, for the page that asks.
MEANS = {
    SourceStatus.LIVE: "Leads count from now on, in the metrics and in the payout.",
    SourceStatus.TEST: "From now on every lead is marked as a test and counted nowhere. "
    "Leads that were counted before stay counted.",
    SourceStatus.PAUSED: "Calls are refused with 403 source_paused until it is resumed. "
    "Its credentials, its partner and the leads it supplied stay as they are.",
}
DONE = {
    SourceStatus.LIVE: "“{}” is live.",
    SourceStatus.TEST: "“{}” is on test.",
    SourceStatus.PAUSED: "“{}” is paused.",
}


class SourceOverview(OfSource, Screen):
    """A source's page: what it is, its history with partners, and what is done to it."""

    @page("/", needs=Permission.SOURCES_VIEW)
    def index_view(self, source_id: str) -> Any:
        """Show the source."""
        whose = Whose(self.actor.tenant_id, source_id=self.source.id)
        issues = may(self.actor, Permission.SOURCES_CREDENTIALS)
        return self.render(
            "staff/source_overview.html",
            head=self.head(),
            source=self.source,
            since=since(self.source),
            credential_notice=notice_of(self.source) if issues else None,
            history=of_source(self.source),
            metrics=metrics.section(whose),
            reasons=rankings.reasons(whose),
        )

    @page("/edit", needs=Permission.SOURCES_EDIT)
    def edit(self, source_id: str) -> Any:
        """Show the form."""
        return self._form(SourceForm.of(self.living()))

    @deed("/edit", needs=Permission.SOURCES_EDIT)
    def save(self, source_id: str) -> Any:
        """Save what was typed."""
        source, form = self.living(), SourceForm.sent()
        version = shown_version(form)
        if not form.validate():
            return self._form(form, 422)
        try:
            self.run(
                sources.edit,
                source,
                version,
                form.fields(),
                done="The source was saved.",
            )
        except Invalid as refused:
            db.session.rollback()
            form.refuse(refused)
            return self._form(form, 422)
        except Stale as stale:
            db.session.rollback()
            return self._outdated(form, stale)
        return now_at(self.url("index_view", source_id=source_id))

    def _outdated(self, form: SourceForm, stale: Stale) -> Any:
        """Keep what was typed, say what is there now, and let the person decide."""
        db.session.refresh(self.source)
        form.version.data = str(self.source.version)
        now_is = (
            f"It now has the name “{self.source.name}” and the vertical "
            f"“{self.source.vertical or NOTHING}”. Saving again replaces that by what is below."
        )
        form.form_errors = [stale.sentence, now_is]
        return self._form(form, 409)

    def _form(self, form: SourceForm, status: int = 200) -> Any:
        address = {"source_id": self.source.public_id}
        context = form_context(
            title=f"Edit {self.source.name}",
            url=self.url("save", **address),
            button="Save source",
            cancel_url=self.url("index_view", **address),
            failed="The source was not saved.",
        )
        return self.form_page("staff/source_form.html", status, form=form, **context)

    @page("/status", needs=Permission.SOURCES_EDIT)
    def ask_status(self, source_id: str) -> Any:
        """Say what changing the status means."""
        source, status = self.living(), _wanted(request.args.get("to", ""))
        words = dict(CHANGES[source.status])
        if status not in words:
            raise Refusal(f"“{source.name}” is {source.status.value} already.")
        task = {
            "title": f"{words[status]}: {source.name}",
            "lead": MEANS[status],
            "button": words[status],
            "danger": status is SourceStatus.PAUSED,
        }
        return self._ask(task, "set_status", to=status.value)

    @deed("/status", needs=Permission.SOURCES_EDIT)
    def set_status(self, source_id: str) -> Any:
        """Change the status."""
        source, status = self.living(), _wanted(request.form.get("to", ""))
        self.run(sources.set_status, source, status, done=DONE[status].format(source.name))
        return now_at(self.url("index_view", source_id=source_id))

    @page("/delete", needs=Permission.SOURCES_EDIT)
    def ask_delete(self, source_id: str) -> Any:
        """Say what deleting means."""
        partner = self.living().partner
        left = f"{partner.name} loses sight of it at once" if partner else "It is with nobody now"
        task = {
            "title": f"Delete {self.source.name}?",
            "lead": "It is taken out of use. History keeps its name; leads stay where they are.",
            "button": "Delete source",
            "consequences": [
                ("Partner", partner.name if partner else "None", left),
                ("Leads", _leads_of(self.source), "Stay where they are, and with whom they are"),
                ("Calls in the last 24 hours", _calls_of(self.source), "Such calls get 403"),
                ("Credentials", "Off", "Every call is refused with 403"),
                ("Name", "Free", "Another source may take it"),
            ],
        }
        return self._ask(task, "delete")

    @deed("/delete", needs=Permission.SOURCES_EDIT)
    def delete(self, source_id: str) -> Any:
        """Delete the source; it can be undone for ten minutes."""
        source = self.living()
        self.run(sources.delete, source, done=f"“{source.name}” is deleted.")
        return now_at(url_for("sources.index_view"))

    def _ask(self, task: dict[str, Any], endpoint: str, **hidden: str) -> Any:
        address = {"source_id": self.source.public_id}
        urls = {
            "url": self.url(endpoint, **address),
            "cancel_url": self.url("index_view", **address),
        }
        return self.render(
            "staff/source_task.html",
            head=self.head(),
            task={**task, **urls},
            hidden=list(hidden.items()),
        )


def _wanted(text: str) -> SourceStatus:
    return SourceStatus.of(text) or abort(400, "There is no such status.")


def _calls_of(source: Source) -> int:
    day = call_counts.in_a_day(source.tenant_id)
    return db.session.scalar(call_counts.of_a_day(Source.id == source.id), day) or 0


def _leads_of(source: Source) -> str:
    """Count its leads, as far as counting is cheap."""
    theirs = select(Lead).where(Lead.source_id == source.id, ~Lead.is_test)
    return keyset.count(theirs, Lead.id)
