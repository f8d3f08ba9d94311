"""Assigning, moving and unassigning a selection of sources: asked on a page, done at once."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, request, url_for

from admin_views.base import Screen, deed, now_at, page
from admin_views.chosen import asks_for_all
from admin_views.job_words import lead_to_progress
from admin_views.staff import assigning_all
from admin_views.staff.assign_form import (
    CreditForm,
    Pick,
    all_waiting,
    chosen_partner,
    partners,
    selected,
    way_back,
)
from admin_views.staff.assign_words import (
    CREDITING,
    ask_move,
    ask_unassign,
    done,
    these,
    where_they_are,
)
from incoming import READS
from models import Partner, Source, db
from operations import assignments, crediting
from operations.refusal import Invalid, Refusal
from policy import Permission

#: So many sources are named where a partner is chosen for them.
SHOWN = 20
MOVED_MEANWHILE = (
    "Somebody moved or unassigned one of these sources since you opened this page. "
    "Nothing was changed. This is how it is now."
)


class Assigning(Screen):
    """Assigning, moving and unassigning a selection of sources: asked on a page, done at once."""

    @page("/", needs=Permission.SOURCES_ASSIGN)
    def index_view(self) -> Any:
        """Lead to the list, where sources are selected."""
        return now_at(url_for("sources.index_view"))

    @page("/assign", needs=Permission.SOURCES_ASSIGN)
    def ask_assign(self) -> Any:
        """Ask to which partner."""
        return self._about(self._assign)

    @deed("/assign", needs=Permission.SOURCES_ASSIGN)
    def assign(self) -> Any:
        """Ask about a selection, or assign it to the partner that was chosen."""
        return self._dealt_with("assign", self._assign)

    @page("/move", needs=Permission.SOURCES_ASSIGN)
    def ask_move(self) -> Any:
        """Ask to which other partner."""
        return self._about(self._move)

    @deed("/move", needs=Permission.SOURCES_ASSIGN)
    def move(self) -> Any:
        """Ask about a selection, have it confirmed, then move it."""
        return self._dealt_with("move", self._move)

    @page("/unassign", needs=Permission.SOURCES_ASSIGN)
    def ask_unassign(self) -> Any:
        """Say what unassigning means."""
        return self._about(self._unassign)

    @deed("/unassign", needs=Permission.SOURCES_ASSIGN)
    def unassign(self) -> Any:
        """Ask about a selection, or unassign it once that is confirmed."""
        return self._dealt_with("unassign", self._unassign)

    def _dealt_with(self, what: str, one_by_one: Callable[[list[Source]], Any]) -> Any:
        if asks_for_all():
            return assigning_all.deal_with(self, what)
        return self._about(one_by_one)

    def _about(self, deal_with: Callable[[list[Source]], Any]) -> Any:
        """Deal with the selection; a refusal leads back to where the person came from."""
        sources = selected("id")
        if not sources and request.method in READS:
            return now_at(url_for("sources.index_view"))
        if not sources:
            abort(400, "Nothing was selected. Tick at least one source.")
        try:
            return deal_with(sources)
        except Refusal as refused:
            db.session.rollback()
            told = {"what": refused.sentence, "url": way_back()}
            return self.form_page("refused.html", refused.status, refusal=told)

    def _assign(self, sources: list[Source]) -> Any:
        assignments.check_free(sources)
        form, partner = CreditForm.sent(), chosen_partner()
        if not _is_sent():
            return self._choose("assign", sources, partners(chosen=partner), form)
        if not form.validate() or partner is None:
            return self._choose("assign", sources, _lacking(partner), form, 422)
        try:
            said = done(sources, f"assigned to {partner.name}")
            self.run(assignments.assign, partner, sources, *form.terms, done=said)
            lead_to_progress(self.actor, crediting.KIND, CREDITING)
        except Invalid as refused:
            db.session.rollback()
            form.refuse(refused)
            return self._choose("assign", sources, partners(chosen=partner), form, 422)
        return now_at(way_back())

    def _move(self, sources: list[Source]) -> Any:
        assignments.check_assigned(sources)
        partner, was = chosen_partner(), where_they_are(sources)
        if not _is_sent() or partner is None:
            pick = _lacking(None, sources) if _is_sent() else partners(_only(sources), partner)
            return self._choose("move", sources, pick, None, 422 if _is_sent() else 200)
        if request.form.get("was", was) != was:
            return self._ask(ask_move(sources, partner), sources, 409, partner)
        if "was" not in request.form:
            return self._ask(ask_move(sources, partner), sources, 200, partner)
        said = done(sources, f"moved to {partner.name}")
        self.run(assignments.move, partner, sources, done=said)
        return now_at(way_back())

    def _unassign(self, sources: list[Source]) -> Any:
        assignments.check_assigned(sources)
        was = where_they_are(sources)
        if request.form.get("was", was) != was:
            return self._ask(ask_unassign(sources), sources, 409)
        if "was" not in request.form:
            return self._ask(ask_unassign(sources), sources, 200)
        back = way_back()
        self.run(assignments.unassign, sources, done=done(sources, "unassigned"))
        return now_at(back)

    def _choose(
        self,
        what: str,
        sources: list[Source],
        pick: Pick,
        form: CreditForm | None,
        status: int = 200,
    ) -> Any:
        return self.form_page(
            "staff/choose_partner.html",
            status,
            what=what,
            url=self.url(what),
            back=way_back(),
            sources=sources[:SHOWN],
            these=these(sources),
            others=len(sources) - SHOWN,
            hidden=[("id", source.public_id) for source in sources],
            pick=pick,
            form=form,
            waiting=all_waiting(sources).leads if form else None,
            since=form.waiting(sources) if form else None,
        )

    def _ask(
        self,
        task: dict[str, Any],
        sources: Sequence[Source],
        status: int,
        partner: Partner | None = None,
    ) -> Any:
        hidden = [("id", source.public_id) for source in sources]
        hidden += [("was", where_they_are(sources)), ("next", way_back())]
        if partner:
            hidden += [("partner", partner.public_id), ("asked", "1")]
        return self.form_page(
            "staff/source_task.html",
            status,
            task={**task, "cancel_url": way_back()},
            crumbs=[{"word": "Sources", "url": url_for("sources.index_view")}],
            heading="Move sources" if partner else "Unassign sources",
            hidden=hidden,
            notice=MOVED_MEANWHILE if status != 200 else "",  # noqa: PLR2004 - asked anew
        )


def _is_sent() -> bool:
    """Whether the page that asks was answered, rather than opened or searched."""
    return "asked" in request.form and "search" not in request.form


def _lacking(partner: Partner | None, sources: Sequence[Source] = ()) -> Pick:
    pick = partners(_only(sources), partner)
    pick.error = "" if partner else "Choose a partner."
    return pick


def _only(sources: Sequence[Source]) -> list[Partner]:
    """The partner that all of them are with, which is no place to move them to."""
    found = {source.partner_id: source.partner for source in sources if source.partner}
    return list(found.values()) if len(found) == 1 else []
