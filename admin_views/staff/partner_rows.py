"""What the rows of the partner list hold besides the partner: managers, and figures of late."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from sqlalchemy import bindparam, select

from admin_views import cells
from admin_views.list_figures import lately
from admin_views.staff.partner_filters import offered
from models import Membership, User, db
from operations.rankings import Group

#: Built once.
MANAGERS = (
    select(Membership.id, User.name)
    .join(Membership.user)
    .where(Membership.id.in_(bindparam("ids", expanding=True)))
)


def read(tenant_id: int, rows: Sequence[Any]) -> dict[str, Any]:
    """Read the account managers that the filter does not offer anyway, and figures of late."""
    managers = offered()
    ids = {row.account_manager_id for row in rows} - {None, *managers}
    if ids:
        found = db.session.execute(MANAGERS, {"ids": list(ids)}).all()
        managers = managers | {row.id: row.name for row in found}
    return {"managers": managers, "lately": lately(Group(tenant_id), rows)}


def sources(row: Any, _more: object) -> str:
    """Say how many sources the partner has."""
    return str(row.source_count)


def manager(row: Any, more: dict[str, Any]) -> Markup | str:
    """Name the account manager, or say that there is none."""
    name = more["managers"].get(row.account_manager_id)
    return cells.person(name) if name else cells.NOTHING
