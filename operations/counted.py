"""What some sources brought, as the worker has counted it: for lists of many.

Some seconds old, and read from an index alone. Pages about one of them add what came since.
"""

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, select

from models import MetricDay, db
from operations.asked import PARTNER, TENANT, in_days, of_days
from operations.figures import Tally
from operations.metric_rows import sums_of
from operations.periods import Days
from operations.rankings import Group

THOSE: BindParameter[uuid.UUID] = bindparam("those", expanding=True)


def counted(group: Group, days: Days, those: Sequence[uuid.UUID]) -> dict[uuid.UUID, Tally]:
    """Read the figures of some sources with the group's partner; who has none is left out."""
    own = {"tenant_id": group.tenant_id, "partner_id": group.partner_id}
    return _read(_statement(), days, those, own)


def counted_of_all(
    tenant_id: int, days: Days, those: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Tally]:
    """Read the figures of some sources, with whichever partner they were."""
    return _read(_of_all(), days, those, {"tenant_id": tenant_id})


def _read(
    asked: Select[*tuple[Any, ...]], days: Days, those: Sequence[uuid.UUID], own: dict[str, Any]
) -> dict[uuid.UUID, Tally]:
    rows = db.session.execute(asked, {**own, "those": list(those), **of_days(days)}).all()
    return {who: Tally(*numbers) for who, *numbers in rows}


@cache
def _statement() -> Select[*tuple[Any, ...]]:
    return _of_all().where(MetricDay.partner_id == PARTNER)


@cache
def _of_all() -> Select[*tuple[Any, ...]]:
    row = MetricDay
    own = (row.tenant_id == TENANT, row.source_id.in_(THOSE), in_days(row))
    sums = sums_of(row.__table__.c)
    return select(row.source_id, *sums).where(*own).group_by(row.source_id)
