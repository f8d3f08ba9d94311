"""Partners: the list, and a new one."""

from collections.abc import Iterable, Sequence
from typing import Any

import flask
from flask import url_for
from sqlalchemy import ColumnElement
from werkzeug.wrappers import Response

from admin_views import cells, export
from admin_views.base import deed, now_at, page
from admin_views.hidden_rows import HidesSome
from admin_views.list_parts import seen
from admin_views.lists import Bulk, Column, Query, RowAction
from admin_views.staff import partner_export, partner_form, partner_rows
from admin_views.staff.partner_filters import FILTERS
from admin_views.staff.partners_bulk import PartnersBulk
from models import Partner, PartnerStatus, db
from models.partner import not_archived
from operations import partners
from operations.refusal import Invalid
from policy import Permission, may


def _added(row: Any, _more: object) -> Any:
    return cells.moment(row.created_at)


NOT_ARCHIVED = (not_archived(),)


class Partners(PartnersBulk, HidesSome):
    """Every partner of the tenant."""

    model = Partner
    title, noun = "Partners", ("partner", "partners")
    to_view = Permission.PARTNERS_VIEW
    columns = (
        Column(
            "name",
            "Name",
            lambda row, _: row.name,
            sort=Partner.name_key,
            is_unique=True,
            css="clip",
        ),
        Column(
            "status",
            "Status",
            lambda row, _: cells.badge(row.status),
            css="state",
        ),
        Column("manager", "Account manager", partner_rows.manager),
        Column("sources", "Sources", partner_rows.sources, numeric=True),
        partner_rows.RECEIVED,
        partner_rows.ACCEPTANCE,
        partner_rows.LAST_LEAD,
        #: The order of the list, which the page has no room for.
        Column("added", "Added", _added, sort=Partner.id, on_page=False),
    )
    filters = FILTERS
    searched = (Partner.name_key,)
    hides = ("status", PartnerStatus.ARCHIVED.value)
    search_label = "Search partners by name"
    bulk = (
        Bulk("manager", "Set account manager", "set_manager", Permission.PARTNERS_EDIT),
        Bulk("tag", "Add tag", "add_tag", Permission.PARTNERS_EDIT),
        Bulk("pause", "Pause", "pause_many", Permission.PARTNERS_EDIT, counted=True),
    )
    empty = (
        "No partners yet",
        "A partner is a business that supplies leads. Add one, then give it sources and people.",
    )
    empty_icon = "partners"

    def default_where(self, asked: Query) -> Iterable[ColumnElement[bool]]:
        """Archived partners are hidden unless asked for."""
        return () if "status" in asked.chosen else NOT_ARCHIVED

    def more(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Read what other tables hold about one page's partners."""
        return partner_rows.read(rows)

    def url_of(self, row: Any) -> str | None:
        """Lead to the partner's page."""
        return f"{row.public_id}/"

    def actions_of(self, row: Any) -> Iterable[RowAction]:
        """Edit, and pause or resume, for those who may."""
        if not may(self.actor, Permission.PARTNERS_EDIT):
            return
        yield RowAction("Edit", f"{row.public_id}/edit")
        if row.status is PartnerStatus.ACTIVE:
            yield RowAction("Pause", f"{row.public_id}/?pause")
        elif row.status is PartnerStatus.PAUSED:
            yield RowAction("Resume", f"{row.public_id}/resume", post=True)

    def listing(self) -> dict[str, Any]:
        """Offer an import to those who may add by hand; relative, to keep the list small."""
        mays = may(self.actor, Permission.PARTNERS_EDIT)
        return super().listing() | {"import_url": "import/" if mays else None}

    def create_link(self) -> dict[str, str] | None:
        """Offer a new partner to those who may."""
        if not may(self.actor, Permission.PARTNERS_EDIT):
            return None
        return {"word": "New partner", "url": self.url("new")}

    @page("/export", needs=Permission.PARTNERS_VIEW)
    def export(self, **_place: Any) -> flask.Response:
        """Send every field of the partners that the search and the filters leave."""
        query = self._filtered(self.asked()).order_by(Partner.id.desc())
        fields = seen(partner_export.fields(), self.actor)
        return export.csv_of_fields("partners.csv", fields, query)

    @page("/new", needs=Permission.PARTNERS_EDIT)
    def new(self) -> Response:
        """Ask for what a partner has."""
        return self._form_page(partner_form.empty())

    @deed("/new", needs=Permission.PARTNERS_EDIT)
    def create(self) -> Response:
        """Add the partner."""
        form = partner_form.posted()
        if not form.is_right():
            return self._form_page(form, 422)
        try:
            partner = self.run(partners.create, done="The partner was saved.", **form.values())
        except Invalid as invalid:
            db.session.rollback()
            form.refuse(invalid)
            return self._form_page(form, 422)
        return now_at(url_for("partner.index_view", partner_id=partner.public_id))

    def _form_page(self, form: partner_form.PartnerForm, status: int = 200) -> Response:
        about = {
            "title": "New partner",
            "crumbs": [{"word": "Partners", "url": self.url("index_view")}],
            "url": self.url("create"),
            "button": "Save partner",
            "cancel_url": self.url("index_view"),
            "failed": "The partner was not saved.",
        }
        return self.form_page(
            "form.html",
            status,
            page=about,
            form=form,
            groups=partner_form.GROUPS,
            attributes=partner_form.ATTRIBUTES,
        )
