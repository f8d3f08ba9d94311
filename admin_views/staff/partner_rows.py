"""What the rows of the partner list hold besides the partner: counts and tags, and its export."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, func, literal, null, select, union_all

from admin_views import cells
from admin_views.list_parts import Column
from models import Membership, PartnerTag, Source, db


def read(rows: Sequence[Any]) -> dict[str, Any]:
    """Count sources and users and read the tags of these partners, in one statement."""
    ids = [row.id for row in rows]
    sources = (
        select(literal("sources"), Source.partner_id, null().cast(Text), func.count())
        .where(Source.partner_id.in_(ids), Source.deleted_at.is_(None))
        .group_by(Source.partner_id)
    )
    users = (
        select(literal("users"), Membership.partner_id, null(), func.count())
        .where(Membership.partner_id.in_(ids), Membership.removed_at.is_(None))
        .group_by(Membership.partner_id)
    )
    tagged = select(literal("tags"), PartnerTag.partner_id, PartnerTag.tag, literal(0)).where(
        PartnerTag.partner_id.in_(ids)
    )
    more: dict[str, Any] = {"sources": {}, "users": {}, "tags": defaultdict(list)}
    for what, partner_id, tag, number in db.session.execute(union_all(sources, users, tagged)):
        _put(more, what, partner_id, tag, number)
    return more


def _put(more: dict[str, Any], what: str, partner_id: uuid.UUID, tag: str, number: int) -> None:
    if what == "tags":
        more["tags"][partner_id].append(tag)
    else:
        more[what][partner_id] = number


def sources(row: Any, more: dict[str, Any]) -> str:
    """Say how many sources the partner has."""
    return str(more["sources"].get(row.id, 0))


def users(row: Any, more: dict[str, Any]) -> str:
    """Say how many people the partner has."""
    return str(more["users"].get(row.id, 0))


def tags_text(row: Any, more: dict[str, Any]) -> str:
    """List the tags."""
    return ", ".join(sorted(more["tags"].get(row.id, ())))


def tags(row: Any, more: dict[str, Any]) -> str:
    """List the tags, or say that there is none."""
    return tags_text(row, more) or cells.NOTHING


def manager_text(row: Any, _more: object) -> str:
    """Name the account manager."""
    return row.account_manager.user.name if row.account_manager else ""


def added_text(row: Any, _more: object) -> str:
    """Say when the partner was added, as programs read it."""
    return row.created_at.isoformat(timespec="seconds")


def _field(name: str, label: str) -> Column:
    return Column(name, label, lambda row, _: getattr(row, name))


def _rule(name: str, label: str) -> Column:
    return Column(name, label, lambda row, _: "yes" if getattr(row, name) else "no")


#: Staff may see all of it, so their export has it.
EXPORT_ONLY = (
    _field("contact_name", "Contact name"),
    _field("contact_email", "Contact e-mail"),
    _field("phone", "Phone"),
    _field("website", "Website"),
    _rule("show_returned", "Shows returned leads"),
    _rule("deduct_returned", "Returned leads left out of the payout"),
    _field("notes", "Internal notes"),
)
