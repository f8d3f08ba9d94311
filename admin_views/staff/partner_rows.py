"""What the rows of the partner list hold: managers, and what each partner brought lately."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from admin_views import cells, list_figures
from admin_views.key_figures import percent
from admin_views.list_parts import Column
from admin_views.staff.partner_filters import managers
from models import Partner
from operations.figures import rate
from policy import Permission


def read(rows: Sequence[Any]) -> dict[str, Any]:
    """Read the account managers of these rows; all else is in the rows."""
    return {"managers": managers({row.account_manager_id for row in rows} - {None})}


def sources(row: Any, _more: object) -> str:
    """Say how many sources the partner has."""
    return str(row.source_count)


def manager(row: Any, more: dict[str, Any]) -> Markup | str:
    """Name the account manager, or say that there is none."""
    name = more["managers"].get(row.account_manager_id)
    return cells.person(name) if name else cells.NOTHING


RECEIVED = replace(
    list_figures.RECEIVED,
    cell=lambda row, _: f"{row.received_30:,}",
    sort=Partner.received_30,
)
ACCEPTANCE = replace(
    list_figures.ACCEPTANCE,
    cell=lambda row, _: percent(rate(row.accepted_30, row.received_30)),
)
LAST_LEAD = Column(
    "last_lead",
    "Last lead",
    lambda row, _: cells.moment(row.last_lead_at, cells.NOTHING),
    numeric=True,
    needs=Permission.METRICS_VIEW,
)
