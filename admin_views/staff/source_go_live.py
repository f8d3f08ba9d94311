"""Answering a partner that asks for a source to go live: what it means, grant, or decline."""

from typing import Any

from flask import request, url_for
from markupsafe import Markup
from wtforms import Form, TextAreaField
from wtforms.validators import InputRequired, Length

from admin_views.base import Screen, deed, now_at, page
from admin_views.chosen import within_seconds
from admin_views.frame import moment, zone
from admin_views.staff.source_page import OfSource
from admin_views.words import plural, relative
from models import Source, db
from operations import go_live
from operations.refusal import Invalid, Refusal
from policy import Permission, may
from visitor import settings, tenant

#: What it is about, how much, and what that means.
Consequence = tuple[str, int | str, str]


class DeclineForm(Form):
    """Why not yet."""

    reason = TextAreaField(
        "What is missing",
        [InputRequired("Say what is missing."), Length(max=go_live.REASON)],
        description="The partner's people read it in their mail.",
        render_kw={"rows": 3, "maxlength": go_live.REASON},
    )


class SourceGoLive(OfSource, Screen):
    """The page behind a partner's wish to go live."""

    @page("/", needs=Permission.SOURCES_EDIT)
    def index_view(self, source_id: str) -> Any:
        """Show who asked, and both answers."""
        return self._page(DeclineForm())

    @deed("/decline", needs=Permission.SOURCES_EDIT)
    def decline(self, source_id: str) -> Any:
        """Leave it in test, and say why."""
        source, form = self.living(), DeclineForm(request.form)
        if not form.validate():
            return self._page(form, 422)
        try:
            done = f"“{source.name}” stays in test. The partner's people are told by mail."
            self.run(go_live.decline, source, form.reason.data or "", done=done)
        except Invalid as refused:
            db.session.rollback()
            form[refused.field].errors = [refused.sentence]
            return self._page(form, 422)
        return now_at(url_for("source.index_view", source_id=source_id))

    def _shown(self, source: Source) -> list[Consequence]:
        """Tell what the source has shown of itself, as far as it is counted within seconds."""
        tests = within_seconds(lambda: go_live.tests_of(source))
        if tests is None:
            return []
        days = tenant().submission_days or settings().submission_days
        when = relative(tests.last, moment(), zone()) if tests.last else "Never"
        return [
            ("Test calls", tests.calls, f"in the last {plural(days, 'day')}"),
            ("Accepted", tests.accepted, "" if tests.accepted else "nobody knows that it works"),
            ("Rejected", tests.rejected, self._why(source) if tests.rejected else ""),
            ("Last one", when, ""),
        ]

    def _why(self, source: Source) -> Markup | str:
        """Lead whoever sees calls to the rejected ones."""
        if not may(self.actor, Permission.LEADS_VIEW):
            return ""
        found: dict[str, Any] = {"outcome": "rejected", "test": "yes"}
        url = url_for("source_submissions.index_view", source_id=source.public_id, **found)
        return Markup('<a href="{}">See why</a>').format(url)

    def _page(self, form: DeclineForm, status: int = 200) -> Any:
        source = self.living()
        if source.go_live_asked_at is None:
            raise Refusal(f"Nobody asks for “{source.name}” to go live.")
        address: dict[str, Any] = {"source_id": source.public_id}
        return self.form_page(
            "staff/source_go_live.html",
            status,
            head=self.head() | {"primary": None},
            source=source,
            form=form,
            consequences=self._shown(source),
            grant_url=url_for("source.set_status", **address),
            decline_url=self.url("decline", **address),
            back_url=url_for("source.index_view", **address),
        )
