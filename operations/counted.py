"""What some partners or sources brought, as the worker has counted it: for lists of many.

Some seconds old, and read from an index alone. Pages about one of them add what came since.
"""

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, select

from models import ALL, MetricDay, db
from operations.asked import PARTNER, TENANT, in_days, of_days
from operations.figures import Tally
from operations.metric_rows import sums_of
from operations.periods import Days
from operations.rankings import Group

THOSE: BindParameter[uuid.UUID] = bindparam("those", expanding=True)


def counted(group: Group, days: Days, those: Sequence[uuid.UUID]) -> dict[uuid.UUID, Tally]:
    """Read the figures of some of the group; who has none is left out."""
    values = {"tenant_id": group.tenant_id, "those": list(those), **of_days(days)}
    if group.of_sources:
        values["partner_id"] = group.partner_id
    rows = db.session.execute(_statement(group.of_sources), values).all()
    return {who: Tally(*numbers) for who, *numbers in rows}


@cache
def _statement(of_sources: bool) -> Select[*tuple[Any, ...]]:  # noqa: FBT001 - or of partners
    row = MetricDay
    who = row.source_id if of_sources else row.partner_id
    whose = row.partner_id == PARTNER if of_sources else row.source_id == ALL
    own = (row.tenant_id == TENANT, whose, who.in_(THOSE), in_days(row))
    return select(who, *sums_of(row.__table__.c)).where(*own).group_by(who)
