"""Foremost sources: which of a partner's sources a page with room for a few shows."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all

from models import Source, Standing, db
from models.engine import constant
from operations.asked import PARTNER, TENANT
from operations.partner_figures import PERIOD
from operations.periods import NAMED, Period
from operations.rankings import KEY, Group


def of_partner(group: Group, period: Period, most: int) -> Sequence[Source]:
    """List those with the most accepted leads, then others by name.

    As they stood when the worker counted last, which is moments ago; of days that nobody keeps
    standings of, as they stand in PERIOD.
    """
    key = period.key if period.key in NAMED else PERIOD
    values = {**group.values(period), "period": key}
    return db.session.scalars(_foremost(most), values).all()


@cache
def _foremost(most: int) -> Select[Any]:
    row, is_there = Standing, Source.deleted_at.is_(None)
    theirs = (row.tenant_id == TENANT, row.period == KEY, row.among_id == PARTNER)
    best = select(Source.id, row.accepted).join(row, row.who_id == Source.id)
    best = best.where(*theirs, is_there).order_by(row.accepted.desc(), row.who_id.desc())
    named = select(Source.id, literal(0)).where(is_there).order_by(Source.name_key)
    few = (part.limit(constant(most)).subquery() for part in (best, named))
    rows = union_all(*map(select, few)).subquery()
    rank = select(rows.c.id, func.max(rows.c.accepted).label("accepted")).group_by(rows.c.id)
    ranks = rank.subquery()
    found = select(Source).join(ranks, ranks.c.id == Source.id)
    return found.order_by(ranks.c.accepted.desc(), Source.name_key).limit(constant(most))
