"""Users across partners."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload

from admin_views import cells
from admin_views.few_rows import few_or, is_told_how_many
from admin_views.lists import Column, Filter
from admin_views.member_tasks import PlaceWords
from admin_views.name_filters import by_partner
from admin_views.staff.invites import invite_link
from admin_views.users import (
    EMAIL,
    INVITED_BY,
    JOINED,
    LAST_ACTIVE,
    NAME,
    ROLE,
    WITH_PEOPLE,
    Members,
)
from models import Membership, Partner, PartnerStatus


def _of_status(status: str) -> ColumnElement[bool]:
    if is_told_how_many():
        return Membership.partner_id.in_(select(Partner.id).where(Partner.status == status))
    found = _with_status(select(Membership.id), status)
    return few_or(found, Membership.partner.has(Partner.status == status))


def _with_status(query: Select[Any], status: str) -> Select[Any]:
    return query.join(Membership.partner).where(Partner.status == status)


PARTNER = Column(
    "partner",
    "Partner",
    lambda row, _: cells.person(row.partner.name),
    css="clip-s wide",
)


WITH_PARTNERS = WITH_PEOPLE.where(Membership.partner_id.is_not(None)).options(
    joinedload(Membership.partner).load_only(Partner.name, Partner.status)
)


class Users(Members):
    """The people of every partner."""

    columns = (
        replace(NAME, css=""),
        replace(EMAIL, on_page=False),
        PARTNER,
        ROLE,
        JOINED,
        LAST_ACTIVE,
        INVITED_BY,
    )
    filters = (
        by_partner(Membership),
        *Members.filters,
        Filter(
            "status",
            "Partner status",
            lambda: [(status.value, status.word) for status in PartnerStatus],
            _of_status,
            to_count=_with_status,
        ),
    )

    def create_link(self) -> dict[str, str] | None:
        """Offer to invite somebody."""
        return invite_link()

    def base_query(self) -> Select[Any]:
        """Partner people, with their partner."""
        return WITH_PARTNERS

    def sub_of(self, row: Any) -> str:
        """Say the address under the name: two clipped columns say less than one whole one."""
        return " · ".join(part for part in (row.user.email, super().sub_of(row)) if part)

    def url_of(self, row: Any) -> str | None:
        """Lead to the person among the users of their partner; relative, as every row has one."""
        mailbox = row.user.email.rpartition("@")[0]
        return f"../partners/{row.partner.public_id}/users/?{urlencode({'q': mailbox})}"

    def place_words(self, members: Sequence[Membership]) -> PlaceWords:
        """Name the partner, where it is one."""
        names = {member.partner.name for member in members if member.partner}
        return PlaceWords(names.pop() if len(names) == 1 else "their partners", "the partner")
