"""Foremost sources: which of a partner's sources a page with room for a few shows."""

from collections.abc import Sequence

from sqlalchemy import func, literal, select, union_all

from models import Source, Standing, db
from operations.partner_figures import PERIOD
from operations.periods import NAMED, Period
from operations.rankings import Group


def of_partner(group: Group, period: Period, most: int) -> Sequence[Source]:
    """List those with the most accepted leads, then others by name.

    As they stood when the worker counted last, which is moments ago; of days that nobody keeps
    standings of, as they stand in PERIOD.
    """
    row, is_there = Standing, Source.deleted_at.is_(None)
    key = period.key if period.key in NAMED else PERIOD
    theirs = (row.tenant_id == group.tenant_id, row.period == key, row.among_id == group.partner_id)
    best = select(Source.id, row.accepted).join(row, row.who_id == Source.id)
    best = best.where(*theirs, is_there).order_by(row.accepted.desc(), row.who_id.desc())
    named = select(Source.id, literal(0)).where(is_there).order_by(Source.name_key)
    both = (select(part.limit(most).subquery()) for part in (best, named))
    rows = union_all(*both).subquery()
    rank = select(rows.c.id, func.max(rows.c.accepted).label("accepted")).group_by(rows.c.id)
    ranks = rank.subquery()
    found = select(Source).join(ranks, ranks.c.id == Source.id)
    by = (ranks.c.accepted.desc(), Source.name_key)
    return db.session.scalars(found.order_by(*by).limit(most)).all()
