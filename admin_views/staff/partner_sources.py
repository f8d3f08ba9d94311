"""A partner's page: the sources tab, where sources are assigned and unassigned."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from flask import request, url_for
from sqlalchemy import Select, select

from admin_views.base import deed, now_at, page
from admin_views.job_words import lead_to_progress
from admin_views.list_figures import ACCEPTANCE, RECEIVED, lately
from admin_views.lists import Bulk, RowAction
from admin_views.sources import (
    ADDED,
    NAME,
    OPENED_AND_USED,
    SINCE,
    STATUS,
    USED,
    VERTICAL,
    SourceList,
)
from admin_views.staff import assignment_history
from admin_views.staff.assign_form import CreditForm, Pick, selected, unassigned
from admin_views.staff.assign_words import CREDITING, done
from admin_views.staff.partner_page import OfPartner
from admin_views.words import plural
from models import PartnerStatus, Source, db
from operations import assignments, crediting
from operations.rankings import Group
from operations.refusal import Invalid, Refusal
from policy import Permission, may

#: The order of the list, which the page has no room for.
ADDED_UNSEEN = replace(ADDED, on_page=False)
SHORT_VERTICAL = replace(VERTICAL, css="clip-s")


class PartnerSources(OfPartner, SourceList):
    """A partner's page: the sources tab, where sources are assigned and unassigned."""

    title = "Assigned sources"
    columns = (NAME, STATUS, SHORT_VERTICAL, RECEIVED, ACCEPTANCE, USED, SINCE, ADDED_UNSEEN)
    empty = (
        "No sources yet",
        "Leads come in through sources. Assign one, and its leads are credited to this partner.",
    )
    bulk = (
        Bulk("move", "Move to another partner", "ask_move", Permission.SOURCES_ASSIGN),
        Bulk(
            "unassign",
            "Unassign",
            "ask_unassign",
            Permission.SOURCES_ASSIGN,
            sharp=True,
            counted=True,
        ),
    )

    def base_query(self) -> Select[Any]:
        """The partner's own sources."""
        return select(Source).where(Source.partner_id == self.partner.id)

    def more(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Read since when they are with the partner, their keys, and what they brought lately."""
        ids = [row.id for row in rows]
        opened = db.session.execute(OPENED_AND_USED, {"ids": ids}).all()
        return {
            "since": {row.source_id: row.began_at for row in opened},
            "used": {row.source_id: row.used for row in opened},
            "lately": lately(Group(self.partner.tenant_id, self.partner.id), rows),
        }

    def bulk_url(self, deed: Bulk) -> str:
        """Selections are asked about on pages of their own."""
        return url_for(f"assigning.{deed.endpoint}")

    def url_of(self, row: Any) -> str | None:
        """Lead to the source's page."""
        return f"../../../sources/{row.public_id}/"

    def actions_of(self, row: Any) -> Iterable[RowAction]:
        """Move and unassign, for those who may."""
        if not may(self.actor, Permission.SOURCES_ASSIGN):
            return ()
        asking = "../../../sources/selected"
        return (
            RowAction("Move", f"{asking}/move?id={row.public_id}"),
            RowAction("Unassign", f"{asking}/unassign?id={row.public_id}", sharp=True),
        )

    def create_link(self) -> dict[str, str] | None:
        """Offer to assign sources, where that is legal."""
        return {"word": "Assign sources", "url": "?assign#assign"} if self._may_assign() else None

    @page("/", needs=Permission.SOURCES_VIEW)
    def index_view(self, **address: str) -> Any:
        """Show what is assigned, what was, and the task when the address opens it."""
        if "assign" not in request.args or not self._may_assign():
            return self._tab()
        return self._tab(pick=unassigned(), form=CreditForm())

    @page("/assign", needs=Permission.SOURCES_ASSIGN)
    def ask_assign(self, partner_id: str) -> Any:
        """Open the task."""
        return now_at(f"{self._address()}?assign")

    @deed("/assign", needs=Permission.SOURCES_ASSIGN)
    def assign(self, partner_id: str) -> Any:
        """Search the sources on offer, or assign those that were chosen."""
        chosen, form = selected("source"), CreditForm.sent()
        if "search" in request.form:
            return self._tab(pick=unassigned(chosen), form=form)
        if not form.validate():
            return self._tab(422, pick=unassigned(chosen), form=form)
        try:
            said = done(chosen, f"assigned to {self.partner.name}") if chosen else ""
            self.run(assignments.assign, self.partner, chosen, *form.terms, done=said)
            lead_to_progress(self.actor, crediting.KIND, CREDITING)
        except Refusal as refused:
            db.session.rollback()
            return self._refused(chosen, form, refused)
        return now_at(self._address())

    def _refused(self, chosen: list[Source], form: CreditForm, refused: Refusal) -> Any:
        """Ask again, with what can still be assigned ticked."""
        pick, notice = unassigned([row for row in selected("source") if _is_free(row)]), ""
        if not isinstance(refused, Invalid):
            notice = refused.sentence
        elif refused.field == "since":
            form.refuse(refused)
        else:
            pick.error = refused.sentence
        return self._tab(refused.status, pick=pick, form=form, notice=notice)

    def _tab(
        self,
        status: int = 200,
        pick: Pick | None = None,
        form: CreditForm | None = None,
        notice: str = "",
    ) -> Any:
        head = self.head()
        if self._may_assign():
            head["primary"] = {"word": "Assign sources", "url": f"{self._address()}?assign#assign"}
        return self.form_page(
            "staff/partner_sources.html",
            status,
            head=head,
            partner=self.partner,
            listing=self._listing(),
            history=assignment_history.of_partner(self.partner),
            task=_task(pick, form, notice) if pick and form else None,
            address=self._address(),
        )

    def _listing(self) -> dict[str, Any]:
        listing = self.listing()
        listing["url"] = self._address()
        listing["create"] = None
        listing["summary"] = _summary(self.partner.source_count, self.silent)
        if not listing["rows"] and not listing["chips"] and not listing["q"]:
            listing |= {"search_label": None, "filters": [], "export_url": None}
        return listing

    def _address(self) -> str:
        return self.url("index_view")

    def _may_assign(self) -> bool:
        is_open = self.partner.status is not PartnerStatus.ARCHIVED
        return is_open and may(self.actor, Permission.SOURCES_ASSIGN)


def _task(pick: Pick, form: CreditForm, notice: str) -> dict[str, Any]:
    return {"pick": pick, "form": form, "notice": notice, "since": form.waiting(pick.chosen)}


def _summary(sources: int, silent: int) -> str:
    """Say beside the heading how many there are, and how many of them are silent."""
    if not sources:
        return ""
    return plural(sources, "source") + (f", {silent:,} silent" if silent else "")


def _is_free(source: Source) -> bool:
    return source.partner_id is None and source.deleted_at is None
