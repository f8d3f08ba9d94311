"""What the partner list can be narrowed by."""

import uuid
from typing import cast

from flask import abort, g
from sqlalchemy import ColumnElement, select

from admin_views.list_parts import Filter
from admin_views.staff.partner_form import STAFF
from models import Membership, Partner, PartnerStatus, PartnerTag, User, db
from models.base import key_of, public_id
from models.partner import without_admin, without_source

#: A longer menu would weigh more than the list; a partner's page leads to the others.
OFFERED = STAFF.limit(12)
NOBODY = "none"


def offered() -> dict[uuid.UUID, str]:
    """Name the staff that the filter offers; read once in a request."""
    if "offered_staff" not in g:
        rows = db.session.execute(OFFERED).all()
        g.offered_staff = {row.id: row.name for row in rows}
    return cast("dict[uuid.UUID, str]", g.offered_staff)


def _managers() -> list[tuple[str, str]]:
    people = [(public_id(Membership.prefix, who), name) for who, name in offered().items()]
    return [(NOBODY, "Nobody"), *people]


def _has_manager(value: str) -> ColumnElement[bool]:
    if value == NOBODY:
        return Partner.account_manager_id.is_(None)
    return Partner.account_manager_id == _member_id(value)


def _member_id(value: str) -> uuid.UUID:
    try:
        return Membership.parse_id(value)
    except ValueError:
        abort(400, "“Account manager” has no such choice.")


def _manager_name(value: str) -> str:
    query = select(User.name).join(Membership, Membership.user_id == User.id)
    name = db.session.scalar(query.where(Membership.id == _member_id(value)))
    return name if name is not None else abort(404)


def _has_tag(value: str) -> ColumnElement[bool]:
    tagged = select(PartnerTag.partner_id).where(PartnerTag.tag == key_of(value))
    return Partner.id.in_(tagged)


def _lacks(value: str) -> ColumnElement[bool]:
    return without_source() if value == "source" else without_admin()


FILTERS = (
    Filter(
        "status",
        "Status",
        lambda: [(status.value, status.word) for status in PartnerStatus],
        lambda value: Partner.status == value,
    ),
    Filter("manager", "Account manager", _managers, _has_manager, is_free=True, word=_manager_name),
    Filter("tag", "Tag", list, _has_tag, is_free=True),
    Filter(
        "without",
        "Without",
        lambda: [("source", "A source"), ("admin", "A Partner Admin")],
        _lacks,
    ),
)
