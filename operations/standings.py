"""Standings: the sums that rankings are read from, kept by the worker beside the rollups.

Written only while the tenant's mark is held, and never by a request.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, func, literal, select, true, union_all

from models import EVERY, MetricDay, MetricMark, Standing, StandingPeriod, Tenant, db, now
from operations import partner_figures
from operations.periods import Days, Period, on_offer, today_in
from operations.upserts import adding

COLUMNS = ("tenant_id", "period", "among_id", "who_id", "accepted")


def behind() -> list[int]:
    """Name the tenants whose day is another one than their standings are of."""
    today = StandingPeriod.period == "today"
    rows = db.session.execute(
        select(Tenant.id, Tenant.time_zone, StandingPeriod.last).outerjoin(
            StandingPeriod, (StandingPeriod.tenant_id == Tenant.id) & today
        )
    )
    moment = now()
    return [tenant_id for tenant_id, zone, day in rows if day != today_in(zone, moment)]


def follow(tenant_id: int) -> None:
    """Take the days in that periods begin to hold, and those out that they hold no more."""
    hold_mark(tenant_id)
    for period, held in _move_behind(tenant_id):
        if period.key == partner_figures.PERIOD:
            partner_figures.move(tenant_id, held, period.now)


def _move_behind(tenant_id: int) -> list[tuple[Period, Days | None]]:
    """Move the periods that hold other days than they offer; gives what each held before."""
    zone = db.session.scalars(select(Tenant.time_zone).where(Tenant.id == tenant_id)).one()
    held = _held(tenant_id)
    offered = [(period, held.get(period.key)) for period in on_offer(today_in(zone, now()))]
    behind = [(period, days) for period, days in offered if days != period.now]
    for period, days in behind:
        _move(tenant_id, period, days)
    return behind


def hold_mark(tenant_id: int) -> None:
    """Let nobody else count until the transaction ends."""
    db.session.execute(adding(MetricMark, ()).values(tenant_id=tenant_id, seq=0, base=0))
    own = MetricMark.tenant_id == tenant_id
    db.session.execute(select(MetricMark.seq).where(own).with_for_update())


def add(tenant_id: int, new: Any) -> None:  # noqa: ANN401 - a subquery of KEYS and NUMBERS
    """Add to each period what is new in its days; on other days, somebody begins with nothing."""
    columns, period = new.c, StandingPeriod
    in_days = columns.day.between(period.first, period.last)
    accepted = func.sum(case((in_days, columns.accepted), else_=0))
    for among, who in _grains(columns):
        _put(
            select(literal(tenant_id), period.period, among, who, accepted)
            .join_from(new, period, true())
            .where(period.tenant_id == tenant_id, columns.partner_id != EVERY)
            .group_by(period.period, among, who)
            .order_by(period.period, among, who)
        )


def begin_anew(tenant_id: int) -> None:
    """Add up all standings again: what they held is forgotten."""
    for kind in (Standing, StandingPeriod):
        db.session.execute(_gone(kind).where(kind.tenant_id == tenant_id))
    hold_mark(tenant_id)
    _move_behind(tenant_id)
    partner_figures.renew(tenant_id)


def differing(tenant_id: int) -> Sequence[Any]:
    """Find what is not the sum of its days: period, its last day, among whom, who, both numbers."""
    row, period, standing = MetricDay, StandingPeriod, Standing
    held = select(
        standing.period, standing.among_id, standing.who_id, standing.accepted, literal(0)
    )
    in_days = row.day.between(period.first, period.last)
    counted = select(period.period, *place_of(row), literal(0), row.accepted).join_from(
        period, row, (row.tenant_id == period.tenant_id) & in_days
    )
    both = union_all(
        held.where(standing.tenant_id == tenant_id),
        counted.where(period.tenant_id == tenant_id, row.partner_id != EVERY),
    ).subquery()
    name, among, who, *numbers = both.c
    sums = [func.sum(number) for number in numbers]
    return db.session.execute(
        select(name, func.max(period.last), among, who, *sums)
        .join(period, (period.tenant_id == tenant_id) & (period.period == name))
        .group_by(name, among, who)
        .having(sums[0] != sums[1])
        .order_by(name, among, who)
    ).all()


def _held(tenant_id: int) -> dict[str, Days]:
    rows = select(StandingPeriod.period, StandingPeriod.first, StandingPeriod.last)
    found = db.session.execute(rows.where(StandingPeriod.tenant_id == tenant_id))
    return {period: Days(first, last) for period, first, last in found}


def _move(tenant_id: int, period: Period, held: Days | None) -> None:
    """Move a period's days; who had something only before them begins with nothing."""
    before, after = set(held or ()), set(period.now)
    parts = [(after - before, 1), (before - after, -1)]
    parts += [(set(period.before), 0)] if held is None else []
    moved = union_all(*(_of_days(tenant_id, days, sign) for days, sign in parts)).subquery()
    key = (moved.c.among_id, moved.c.who_id)
    rows = select(literal(tenant_id), literal(period.key), *key, func.sum(moved.c.accepted))
    # In the order of the key, so that many rows fill an index from one end to the other.
    _put(rows.group_by(*key).order_by(*key))
    _hold(tenant_id, period.key, period.now)


def _hold(tenant_id: int, period: str, days: Days) -> None:
    row = StandingPeriod(tenant_id=tenant_id, period=period, first=days.first, last=days.last)
    db.session.merge(row)
    db.session.flush()


def _of_days(tenant_id: int, days: Iterable[date], sign: int) -> Select[Any]:
    """Select what the rollup says for the days, of partners and of their sources."""
    row = MetricDay
    return select(*place_of(row), (row.accepted * sign).label("accepted")).where(
        row.tenant_id == tenant_id, row.partner_id != EVERY, row.day.in_(sorted(days))
    )


def place_of(row: type[MetricDay]) -> list[ColumnElement[Any]]:
    """Tell among whom and who, for a day of a partner or of a source with one."""
    is_sum = row.source_id == EVERY
    among = case((is_sum, literal(EVERY)), else_=row.partner_id).label("among_id")
    return [among, case((is_sum, row.partner_id), else_=row.source_id).label("who_id")]


def _grains(columns: Any) -> list[tuple[ColumnElement[Any], ColumnElement[Any]]]:  # noqa: ANN401
    """Tell among whom and who, for partners and for the sources of each."""
    return [(literal(EVERY), columns.partner_id), (columns.partner_id, columns.source_id)]


def _put(rows: Select[*tuple[Any, ...]]) -> None:
    db.session.execute(adding(Standing, ("accepted",)).from_select(COLUMNS, rows))


def _gone(kind: Any) -> Any:  # noqa: ANN401 - either table, and its DELETE
    return delete(kind).execution_options(synchronize_session=False)
