"""What the rows of the partner list hold besides the partner: counts and tags, and its export."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from sqlalchemy import BindParameter, Text, bindparam, func, literal, null, select, union_all

from admin_views import cells
from admin_views.list_parts import Column
from models import Membership, PartnerTag, Source, User, db

IDS: BindParameter[Any] = bindparam("ids", expanding=True)
#: Built once: the parts of a page's rows that other tables hold, as (what, whose, text, number).
PARTS = union_all(
    select(
        literal("sources").label("what"),
        Source.partner_id.label("whose"),
        null().cast(Text).label("said"),
        func.count().label("number"),
    )
    .where(Source.partner_id.in_(IDS), Source.deleted_at.is_(None))
    .group_by(Source.partner_id),
    select(literal("users"), Membership.partner_id, null(), func.count())
    .where(Membership.partner_id.in_(IDS), Membership.removed_at.is_(None))
    .group_by(Membership.partner_id),
    select(literal("tags"), PartnerTag.partner_id, PartnerTag.tag, literal(0)).where(
        PartnerTag.partner_id.in_(IDS)
    ),
    select(literal("managers"), Membership.id, User.name, literal(0))
    .join(Membership.user)
    .where(Membership.id.in_(bindparam("managers", expanding=True))),
)


def read(rows: Sequence[Any]) -> dict[str, Any]:
    """Count sources and users, read tags and account managers of these rows, in one statement."""
    more: dict[str, Any] = {"sources": {}, "users": {}, "tags": defaultdict(list), "managers": {}}
    managers = {row.account_manager_id for row in rows} - {None}
    values = {"ids": [row.id for row in rows], "managers": list(managers)}
    for what, whose, said, number in db.session.execute(PARTS, values).all():
        if what == "tags":
            more["tags"][whose].append(said)
        else:
            more[what][whose] = said or number
    return more


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


def manager_text(row: Any, more: dict[str, Any]) -> str:
    """Name the account manager."""
    name: str = more["managers"].get(row.account_manager_id, "")
    return name


def manager(row: Any, more: dict[str, Any]) -> Markup | str:
    """Name the account manager, or say that there is none."""
    name = manager_text(row, more)
    return cells.person(name) if name else cells.NOTHING


def added_text(row: Any, _more: object) -> str:
    """Say when the partner was added, as programs read it."""
    return cells.stamp(row.created_at)


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
