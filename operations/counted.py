"""What some of a partner's sources brought, as the worker has counted it: for lists of many.

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
    rows = db.session.execute(_statement(), {**own, "those": list(those), **of_days(days)}).all()
    return {who: Tally(*numbers) for who, *numbers in rows}


@cache
def _statement() -> Select[*tuple[Any, ...]]:
    row = MetricDay
    own = (
        row.tenant_id == TENANT,
        row.partner_id == PARTNER,
        row.source_id.in_(THOSE),
        in_days(row),
    )
    sums = sums_of(row.__table__.c)
    return select(row.source_id, *sums).where(*own).group_by(row.source_id)
