"""What the rows of the partner list hold besides the partner: managers, and figures of late."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from admin_views import cells
from admin_views.list_figures import lately
from admin_views.staff.partner_filters import managers
from operations.rankings import Group


def read(tenant_id: int, rows: Sequence[Any]) -> dict[str, Any]:
    """Read account managers and figures of these rows, in a statement each."""
    ids = {row.account_manager_id for row in rows} - {None}
    return {"managers": managers(ids), "lately": lately(Group(tenant_id), rows)}


def sources(row: Any, _more: object) -> str:
    """Say how many sources the partner has."""
    return str(row.source_count)


def manager(row: Any, more: dict[str, Any]) -> Markup | str:
    """Name the account manager, or say that there is none."""
    name = more["managers"].get(row.account_manager_id)
    return cells.person(name) if name else cells.NOTHING
