"""What the partner list can be narrowed by."""

import uuid
from collections.abc import Iterable

from flask import abort, g
from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    literal,
    literal_column,
    select,
    union_all,
)

from admin_views.few_rows import few_or, is_told_how_many
from admin_views.list_parts import Filter
from admin_views.staff.partner_form import STAFF
from models import Membership, Partner, PartnerStatus, PartnerTag, User, db
from models.base import key_of, public_id
from models.partner import without_admin, without_source
from policy import Permission

#: A longer menu would weigh more than the list; a partner's page leads to the others.
_OFFERED = STAFF.add_columns(User.search_key).limit(12).subquery()
_NAMED = (
    select(literal(0), Membership.id, User.name, User.search_key)
    .join(Membership.user)
    .where(Membership.id.in_(bindparam("ids", expanding=True)))
)
#: Whom the filter offers, and who else has to be named; built once.
_PEOPLE = union_all(select(literal(1).label("is_offered"), *_OFFERED.c), _NAMED)
NONE = "none"
#: Of what was received in 30 days, so many at least are asked for.
LEAST = (1, 100, 1000)


def managers(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Name account managers; whom the filter offers is read in the same statement."""
    rows = db.session.execute(_PEOPLE, {"ids": list(ids)}).all()
    offered = sorted((row for row in rows if row.is_offered), key=lambda row: row.search_key)
    g.offered_staff = [(public_id(Membership.prefix, row.id), row.name) for row in offered]
    return {row.id: row.name for row in rows}


def _managers() -> list[tuple[str, str]]:
    if "offered_staff" not in g:
        managers(())
    return [(NONE, "Nobody"), *g.offered_staff]


def _has_manager(value: str) -> ColumnElement[bool]:
    if value == NONE:
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


def _received(value: str) -> ColumnElement[bool]:
    found = _have_received(value)
    if is_told_how_many():
        return found
    return few_or(select(Partner.id).where(found), found.is_(True))


def _have_received(value: str) -> ColumnElement[bool]:
    if value == NONE:
        return Partner.received_30 == 0
    # Said in so many words, so that SQLite knows which index holds them all.
    return and_(Partner.received_30 > literal_column("0"), Partner.received_30 >= int(value))


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
    Filter(
        "received",
        "Received, 30 days",
        lambda: [*((str(least), f"at least {least:,}") for least in LEAST), (NONE, "none")],
        _received,
        needs=Permission.METRICS_VIEW,
        to_count=lambda query, value: query.where(_have_received(value)),
    ),
)
