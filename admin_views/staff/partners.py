"""Partners: the list."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from admin_views import cells
from admin_views.lists import Column, Filter, ListScreen, Query, RowAction
from models import Membership, Partner, PartnerStatus, Source, db
from policy import Permission


class Partners(ListScreen):
    """Every partner of the tenant."""

    model = Partner
    title, noun = "Partners", ("partner", "partners")
    to_view = Permission.PARTNERS_VIEW
    columns = (
        Column("name", "Name", lambda row, _: row.name, sort=Partner.name_key, css="clip"),
        Column("status", "Status", lambda row, _: cells.badge(row.status), css="state"),
        Column(
            "manager",
            "Account manager",
            lambda row, _: row.account_manager.user.name if row.account_manager else "–",
        ),
        Column(
            "sources",
            "Sources",
            lambda row, more: str(more["sources"].get(row.id, 0)),
            numeric=True,
        ),
        Column(
            "added",
            "Added",
            lambda row, _: cells.moment(row.created_at),
            sort=Partner.id,
            numeric=True,
        ),
    )
    filters = (
        Filter(
            "status",
            "Status",
            lambda: [(status.value, status.word) for status in PartnerStatus],
            lambda value: Partner.status == value,
        ),
    )
    searched = (Partner.name_key,)
    search_label = "Search partners"

    def base_query(self) -> Select[Any]:
        """Partners with their account managers."""
        return select(Partner).options(
            joinedload(Partner.account_manager).joinedload(Membership.user)
        )

    def default_where(self, asked: Query) -> Iterable[ColumnElement[bool]]:
        """Archived partners are hidden unless asked for."""
        return () if "status" in asked.chosen else (Partner.status != PartnerStatus.ARCHIVED,)

    def more(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Count the sources of one page's partners."""
        return {"sources": _count_sources([row.id for row in rows])}

    def url_of(self, row: Any) -> str | None:
        """Lead to the partner's page."""
        return url_for("partner.index_view", partner_id=row.public_id)

    def actions_of(self, row: Any) -> Iterable[RowAction]:
        """Edit and pause, for those who may."""
        return ()


def _count_sources(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    counted = (
        select(Source.partner_id, func.count())
        .where(Source.partner_id.in_(ids), Source.deleted_at.is_(None))
        .group_by(Source.partner_id)
    )
    return {partner_id: n for partner_id, n in db.session.execute(counted)}
