"""What the rows of the partner list hold besides the partner: tags and account managers."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from sqlalchemy import bindparam, literal, select, union_all

from admin_views import cells
from models import Membership, PartnerTag, User, db

#: Built once: the parts of a page's rows that other tables hold, as (what, whose, text).
PARTS = union_all(
    select(literal("tags").label("what"), PartnerTag.partner_id, PartnerTag.tag).where(
        PartnerTag.partner_id.in_(bindparam("ids", expanding=True))
    ),
    select(literal("managers"), Membership.id, User.name)
    .join(Membership.user)
    .where(Membership.id.in_(bindparam("managers", expanding=True))),
)


def read(rows: Sequence[Any]) -> dict[str, Any]:
    """Read tags and account managers of these rows, in one statement."""
    more: dict[str, Any] = {"tags": defaultdict(list), "managers": {}}
    managers = {row.account_manager_id for row in rows} - {None}
    values = {"ids": [row.id for row in rows], "managers": list(managers)}
    for what, whose, said in db.session.execute(PARTS, values).all():
        if what == "tags":
            more["tags"][whose].append(said)
        else:
            more["managers"][whose] = said
    return more


def sources(row: Any, _more: object) -> str:
    """Say how many sources the partner has."""
    return str(row.source_count)


def users(row: Any, _more: object) -> str:
    """Say how many people the partner has."""
    return str(row.user_count)


def tags(row: Any, more: dict[str, Any]) -> str:
    """List the tags, or say that there is none."""
    return ", ".join(sorted(more["tags"].get(row.id, ()))) or cells.NOTHING


def manager(row: Any, more: dict[str, Any]) -> Markup | str:
    """Name the account manager, or say that there is none."""
    name = more["managers"].get(row.account_manager_id)
    return cells.person(name) if name else cells.NOTHING
