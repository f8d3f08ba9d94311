"""Rankings: the partners that bring most leads, and a partner's sources; exact as of now.

Those with something that the worker has not counted yet are added up; all others stand in an
index in their order (models/standing.py). Both are read in one statement; the numbers of the
first few are read in a second one, which names them: a planner cannot know that a question inside
another gives six of a million.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    select,
    true,
    union_all,
)

from models import ALL, EVERY, MetricDay, Partner, Source, Standing, StandingPeriod, db
from models.engine import constant
from operations.asked import FIRST, LAST, PARTNER, TENANT, in_days, in_period, of_period
from operations.figures import NOTHING, Tally
from operations.metric_rows import NUMBERS, Narrow, since_mark, sums_of, up_to_now
from operations.periods import NAMED, Period

#: The key of the period that is asked for, and those that are asked for by name.
KEY: BindParameter[str] = bindparam("period")
#: Days of one's own are ranked as long as this many rows have to be added up for it.
MOST_ADDED = 20_000
THOSE: BindParameter[uuid.UUID] = bindparam("those", expanding=True)


@dataclass(frozen=True)
class Compared:
    """One source's or partner's numbers, and those of the days before."""

    now: Tally = NOTHING
    before: Tally = NOTHING
    #: None once there is no such source or partner any more.
    name: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Group:
    """Who is compared: a tenant's partners, or the sources of one of them."""

    tenant_id: int
    partner_id: uuid.UUID | None = None

    @property
    def of_sources(self) -> bool:
        """Tell whether sources are compared, and not partners."""
        return self.partner_id is not None

    def values(self, period: Period) -> dict[str, Any]:
        """Give the parameters of the statements below their values."""
        own = {"tenant_id": self.tenant_id, "partner_id": self.partner_id or EVERY}
        return {**own, "period": period.key, **of_period(period)}


def ranked(group: Group, period: Period, most: int) -> list[tuple[uuid.UUID, Compared]] | None:
    """Read the figures of those with the most accepted leads, the first one first.

    None where days of one's own hold too much to be added up while somebody waits.
    """
    best = _best(group, period, most)
    if best is None:
        return None
    found = compared(group, period, best)
    return sorted(found.items(), key=lambda item: (item[1].now.accepted, item[0]), reverse=True)


def compared(group: Group, period: Period, those: Sequence[uuid.UUID]) -> dict[uuid.UUID, Compared]:
    """Read the figures of some of the group; who has none is left out."""
    values = {**group.values(period), "those": list(those)}
    return _sides(db.session.execute(_of_those(group.of_sources), values))


def _best(group: Group, period: Period, most: int) -> list[uuid.UUID] | None:
    """Name those with the most accepted leads: as they stand, or added up where nobody does."""
    values = group.values(period)
    if period.key in NAMED:
        rows = db.session.execute(_standing(group.of_sources, most), values).all()
        if rows[0].is_held:
            return [row.who_id for row in rows if row.who_id]
    elif _is_too_much(group, values):
        return None
    return list(db.session.scalars(_added_up(group.of_sources, most), values))


def _is_too_much(group: Group, values: dict[str, Any]) -> bool:
    limit = {"most_added": MOST_ADDED + 1}
    number: int = db.session.scalars(_to_add_up(group.of_sources), {**values, **limit}).one()
    return number > MOST_ADDED


@cache
def _to_add_up(of_sources: bool) -> Select[Any]:  # noqa: FBT001 - what is ranked
    """Count as an index can, with the sums of all that are not added up."""
    row = MetricDay
    whose = row.partner_id == PARTNER if of_sources else row.source_id == ALL
    rows = select(literal(1)).where(row.tenant_id == TENANT, whose, *in_period(row))
    return select(func.count()).select_from(rows.limit(bindparam("most_added")).subquery())


@cache
def _standing(of_sources: bool, most: int) -> Select[Any]:  # noqa: FBT001 - what is ranked
    """Take the first ones of those that stand as counted, and of those with something new."""
    row, live = Standing, union_all(*since_mark(TENANT, _narrow(of_sources, in_period)))
    new = _by_who(of_sources, live).cte("new")
    own = (row.tenant_id == TENANT, row.period == KEY, row.among_id == PARTNER)
    stay = select(row.who_id, row.accepted).where(*own, row.who_id.not_in(select(new.c.who_id)))
    move = select(new.c.who_id, (new.c.accepted + func.coalesce(row.accepted, 0)).label("accepted"))
    moved = move.outerjoin(row, and_(*own, row.who_id == new.c.who_id))
    return _if_held(_first(union_all(select(_first(stay, most).subquery()), moved), most))


@cache
def _added_up(of_sources: bool, most: int) -> Select[Any]:  # noqa: FBT001 - the same
    """Take the first ones of days that no standings are kept of."""
    rows = up_to_now(TENANT, _narrow(of_sources, in_period))
    return _first(_by_who(of_sources, rows), most)


@cache
def _of_those(of_sources: bool) -> Select[Any]:  # noqa: FBT001 - the same
    key = _key(of_sources)
    those = _narrow(of_sources, lambda kind: [*in_period(kind), getattr(kind, key).in_(THOSE)])
    rows = up_to_now(TENANT, those).subquery()
    found = _by_side(rows.c, rows.c[key]).subquery()
    kind = Source if of_sources else Partner
    name = select(kind.name).where(kind.tenant_id == TENANT, kind.id == found.c.who_id)
    return select(name.scalar_subquery().label("name"), *found.c)


def _by_who(of_sources: bool, rows: CompoundSelect[Any]) -> Select[Any]:  # noqa: FBT001 - the same
    """Add up what ranks each; who had something only before, has nothing and comes last."""
    numbers = rows.subquery().c
    who = numbers[_key(of_sources)].label("who_id")
    accepted = func.sum(case((in_days(numbers), numbers.accepted), else_=0)).label("accepted")
    return select(who, accepted).group_by(who)


def _first(rows: Any, most: int) -> Select[Any]:  # noqa: ANN401 - a SELECT or several
    """Keep those with the most; of equals the youngest first."""
    found = rows.subquery()
    order = (found.c.accepted.desc(), found.c.who_id.desc())
    return select(found.c.who_id, found.c.accepted).order_by(*order).limit(constant(most))


def _if_held(best: Select[Any]) -> Select[Any]:
    """Tell in the same statement whether the standings are those of just these days."""
    row, found = StandingPeriod, best.subquery()
    is_theirs = (row.tenant_id == TENANT, row.period == KEY)
    held = select(row.period).where(*is_theirs, row.first == FIRST, row.last == LAST)
    always = select(literal(1).label("one")).subquery()
    rows = select(held.exists().label("is_held"), found.c.who_id)
    return rows.select_from(always.outerjoin(found, true()))


def _by_side(rows: Any, who: Any) -> Select[Any]:  # noqa: ANN401 - columns
    is_now = case((in_days(rows), 1), else_=0).label("is_now")
    who = who.label("who_id")
    return select(who, is_now, *sums_of(rows)).group_by(who, is_now)


def _sides(rows: Iterable[Any]) -> dict[uuid.UUID, Compared]:
    sides: tuple[dict[uuid.UUID, Tally], ...] = ({}, {})
    names = {}
    for row in rows:
        names[row.who_id] = row.name
        sides[row.is_now][row.who_id] = Tally(*row[-len(NUMBERS) :])
    before, now = sides
    return {
        who: Compared(now.get(who, NOTHING), before.get(who, NOTHING), name)
        for who, name in names.items()
    }


def _key(of_sources: bool) -> str:  # noqa: FBT001 - the same
    return "source_id" if of_sources else "partner_id"


def _narrow(of_sources: bool, more: Narrow) -> Narrow:  # noqa: FBT001 - the same
    """Narrow the tables to the group, the rollup to its grain, and both to something more."""

    def narrow(kind: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 - any of the tables
        chosen = [kind.partner_id == PARTNER] if of_sources else [kind.partner_id != ALL]
        if kind is MetricDay:
            is_sum = kind.source_id == ALL
            chosen.append(~is_sum if of_sources else is_sum)
        return [*chosen, *more(kind)]

    return narrow
