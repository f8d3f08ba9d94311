"""Sources across partners: the list, and adding one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload

from admin_views.base import deed, now_at, page
from admin_views.list_figures import RECEIVED, lately_of_all
from admin_views.lists import Bulk, Column, Filter, RowAction
from admin_views.name_filters import by_partner
from admin_views.sources import (
    ADDED,
    BY_FLOW,
    BY_STATUS,
    BY_VERTICAL,
    NAME,
    SINCE,
    STATUS,
    VERTICAL,
    SourceList,
)
from admin_views.staff.source_form import NewSourceForm, form_context
from models import Credential, PartnerStatus, Source, db, now
from operations import rotations, sources
from operations.refusal import Invalid
from policy import Permission, may

UNASSIGNED = Markup('<span class="muted">Unassigned</span>')
#: Relative, to keep the list small.
TO_PARTNER = Markup('<a href="../partners/%s/sources/"><bdi>%s</bdi></a>')
HELD = Markup(' <span class="muted">%s</span>')


def _partner(row: Source, _more: dict[str, Any]) -> Markup | str:
    if row.partner is None:
        return UNASSIGNED
    link = TO_PARTNER % (row.partner.public_id, row.partner.name)
    # Whatever the source's own status is, it takes no calls then.
    return link if row.partner.status is PartnerStatus.ACTIVE else link + HELD % row.partner.status


PARTNER = Column(
    "partner",
    "Partner",
    _partner,
    text=lambda row, _: row.partner.name if row.partner else "",
    css="clip-s",
)
#: Names tell sources apart; when each was assigned is on its own page, and in the export.
LONG_NAME = replace(NAME, css="clip-l")
SHORT_VERTICAL = replace(VERTICAL, css="clip-s")
SINCE_UNSEEN = replace(SINCE, on_page=False)
BY_PARTNER = by_partner(Source)
BY_ASSIGNED = Filter(
    "assigned",
    "Assigned",
    lambda: [("no", "Unassigned"), ("yes", "To a partner")],
    lambda value: Source.partner_id.is_(None) if value == "no" else Source.partner_id.is_not(None),
)

BY_ASKED = Filter(
    "asked",
    "Asked to go live",
    lambda: [("yes", "Yes"), ("no", "No")],
    lambda value: (
        Source.go_live_asked_at.is_not(None)
        if value == "yes"
        else Source.go_live_asked_at.is_(None)
    ),
)


def _with_old_key(_value: str) -> ColumnElement[bool]:
    closing = rotations.soon_refused(**rotations.around(now()))
    return Source.id.in_(select(Credential.source_id).where(closing))


BY_OLD_KEY = Filter(
    "key",
    "Old key",
    lambda: [("closing", "In use, closes soon")],
    _with_old_key,
    needs=Permission.SOURCES_CREDENTIALS,
)


WITH_PARTNERS = select(Source).options(joinedload(Source.partner))


class Sources(SourceList):
    """Every source of the tenant."""

    columns = (LONG_NAME, STATUS, SHORT_VERTICAL, PARTNER, RECEIVED, SINCE_UNSEEN, ADDED)
    filters = (BY_STATUS, BY_FLOW, BY_VERTICAL, BY_PARTNER, BY_ASSIGNED, BY_ASKED, BY_OLD_KEY)
    bulk = (
        Bulk("assign", "Assign to partner…", "ask_assign", Permission.SOURCES_ASSIGN),
        Bulk("move", "Move…", "ask_move", Permission.SOURCES_ASSIGN),
        Bulk(
            "unassign",
            "Unassign",
            "ask_unassign",
            Permission.SOURCES_ASSIGN,
            sharp=True,
            counted=True,
        ),
    )
    empty = (
        "No sources yet",
        "Leads come in through sources. Add the first one, then assign it to a partner.",
    )

    def base_query(self) -> Select[Any]:
        """Sources with their partners."""
        return WITH_PARTNERS

    def more(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Read what they brought lately too."""
        return super().more(rows) | {"lately": lately_of_all(self.actor.tenant_id, rows)}

    def bulk_url(self, deed: Bulk) -> str:
        """Selections are asked about on pages of their own."""
        return url_for(f"assigning.{deed.endpoint}")

    def sub_of(self, row: Any) -> str:
        """Say that the partner waits for an answer."""
        return "Asks to go live" if row.go_live_asked_at and row.deleted_at is None else ""

    def url_of(self, row: Any) -> str | None:
        """Lead to the source's page; relative, to keep the list small."""
        return f"{row.public_id}/"

    def actions_of(self, row: Any) -> Iterable[RowAction]:
        """Assign or unassign, for those who may; a selection of one is moved by the bulk bar."""
        if row.deleted_at or not may(self.actor, Permission.SOURCES_ASSIGN):
            return ()
        if row.partner_id is None:
            return (RowAction("Assign", f"selected/assign?id={row.public_id}"),)
        return (RowAction("Unassign", f"selected/unassign?id={row.public_id}", sharp=True),)

    def listing(self) -> dict[str, Any]:
        """Offer an import to those who may add by hand; relative, to keep the list small."""
        mays = may(self.actor, Permission.SOURCES_EDIT)
        return super().listing() | {"import_url": "import/" if mays else None}

    def create_link(self) -> dict[str, str] | None:
        """Offer a new source to those who may add one."""
        if not may(self.actor, Permission.SOURCES_EDIT):
            return None
        return {"word": "New source", "url": self.url("new")}

    @page("/new", needs=Permission.SOURCES_EDIT)
    def new(self) -> Any:
        """Show the form of a new source."""
        return self._form(NewSourceForm().in_currency())

    @deed("/new", needs=Permission.SOURCES_EDIT)
    def create(self) -> Any:
        """Add a source."""
        form = NewSourceForm.sent()
        if not form.validate():
            return self._form(form, 422)
        try:
            made = self.run(
                sources.create, form.fields(), form.chosen_status(), done="The source was saved."
            )
        except Invalid as refused:
            db.session.rollback()
            form.refuse(refused)
            return self._form(form, 422)
        return now_at(url_for("source.index_view", source_id=made.public_id))

    def _form(self, form: NewSourceForm, status: int = 200) -> Any:
        context = form_context(
            title="New source",
            url=self.url("create"),
            button="Save source",
            cancel_url=self.url("index_view"),
            failed="The source was not saved.",
        )
        return self.form_page("staff/source_form.html", status, form=form, **context)
