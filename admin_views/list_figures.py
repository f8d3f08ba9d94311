"""What the sources on one page of a list brought in the last 30 days."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from admin_views.frame import moment, zone
from admin_views.key_figures import percent
from admin_views.list_parts import Column
from operations import periods
from operations.counted import counted, counted_of_all
from operations.figures import Tally
from operations.rankings import Group
from policy import Permission

DAYS = 30
NOTHING = Tally()


def lately(group: Group, rows: Sequence[Any]) -> dict[UUID, Tally]:
    """Read the figures of these rows in one statement; who has none is left out."""
    return counted(group, _days(), [row.id for row in rows]) if rows else {}


def lately_of_all(tenant_id: int, rows: Sequence[Any]) -> dict[UUID, Tally]:
    """Read the same with whichever partner they were."""
    return counted_of_all(tenant_id, _days(), [row.id for row in rows]) if rows else {}


def _days() -> periods.Days:
    return periods.last(DAYS, periods.today_in(zone().key, moment())).now


def _of(row: Any, more: dict[str, Any]) -> Tally:
    return more["lately"].get(row.id, NOTHING)


RECEIVED = Column(
    "received",
    f"Received, {DAYS} days",
    lambda row, more: f"{_of(row, more).received:,}",
    text=lambda row, more: str(_of(row, more).received),
    numeric=True,
    needs=Permission.METRICS_VIEW,
)
ACCEPTANCE = Column(
    "acceptance",
    "Acceptance",
    lambda row, more: percent(_of(row, more).acceptance),
    numeric=True,
    needs=Permission.METRICS_VIEW,
)
