"""Partner figures: what a partner's own row says of its last 30 days, and of its last lead.

Lists are in that order, which an index of the partners themselves has to give. Kept as standings
are: by whoever holds the tenant's mark, in the transaction that counts, and never by a request.
"""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ScalarSelect as One
from sqlalchemy import (
    Select,
    Subquery,
    Table,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)

from models import EVERY, Lead, MetricChange, MetricDay, Partner, StandingPeriod, Uncounted, db
from operations.metric_rows import is_new
from operations.periods import Days

#: The period of standings whose days are added up.
PERIOD = "30"
SUMS = ("received_30", "accepted_30")
TABLE = cast("Table", Partner.__table__)


def add(tenant_id: int, new: Any) -> None:  # noqa: ANN401 - a subquery of KEYS and NUMBERS
    """Add what is new. Last in a transaction: people who change these partners wait for it."""
    row, period = new.c, StandingPeriod
    own = (period.tenant_id == tenant_id) & (period.period == PERIOD)
    in_days = row.day.between(period.first, period.last)
    received, accepted = (
        func.sum(case((in_days, number), else_=0)) for number in (_received(row), row.accepted)
    )
    brought = func.max(case((row.accepted + row.duplicate > 0, 1), else_=0))
    _write(
        tenant_id,
        select(*_named(row.partner_id, received, accepted, brought))
        .join_from(new, period, own, isouter=True)
        .where(row.partner_id != EVERY)
        .group_by(row.partner_id)
        .having(or_(received != 0, accepted != 0, brought == 1)),
    )


def move(tenant_id: int, held: Days | None, days: Days) -> None:
    """Take the days in that the sums begin to hold, and those out that they hold no more."""
    before, after = set(held or ()), set(days)
    row, own = MetricDay, (MetricDay.tenant_id == tenant_id, MetricDay.source_id == EVERY)
    moved = union_all(
        *(
            select(row.partner_id, _received(row) * sign, row.accepted * sign).where(
                *own, row.partner_id != EVERY, row.day.in_(sorted(part))
            )
            for part, sign in ((after - before, 1), (before - after, -1))
        )
    ).subquery()
    partner_id, *numbers = moved.c
    received, accepted = (func.sum(number) for number in numbers)
    changes = select(*_named(partner_id, received, accepted, literal(0))).group_by(partner_id)
    _write(tenant_id, changes.having(or_(received != 0, accepted != 0)))


def renew(tenant_id: int) -> None:
    """Make the sums those of their days, and find every partner's last lead anew.

    In one go: who held some partners, and came back for others, could wait in a circle.
    """
    found, counted = _last_leads(tenant_id).subquery(), _counted(tenant_id)
    last = found.c.counted.is_distinct_from(found.c.held)
    missing = [are - held for held, are in _sums(counted)]
    _write(
        tenant_id,
        select(*_named(Partner.id, *missing, literal(1)))
        .join(found, found.c.id == Partner.id)
        .outerjoin(counted, counted.c.partner_id == Partner.id)
        .where(Partner.tenant_id == tenant_id, or_(*(number != 0 for number in missing), last)),
    )


def differing(tenant_id: int) -> Sequence[Any]:
    """Find partners whose SUMS are not those of their days: who, both as held, both as counted."""
    counted = _counted(tenant_id)
    sums = _sums(counted)
    return db.session.execute(
        select(Partner.id, *(held for held, _ in sums), *(are for _, are in sums))
        .outerjoin(counted, counted.c.partner_id == Partner.id)
        .where(Partner.tenant_id == tenant_id, or_(*(held != are for held, are in sums)))
        .order_by(Partner.id)
    ).all()


def _counted(tenant_id: int) -> Subquery:
    row, period = MetricDay, StandingPeriod
    sums = (func.sum(_received(row)).label("received"), func.sum(row.accepted).label("accepted"))
    return (
        select(row.partner_id, *sums)
        .join(period, (period.tenant_id == row.tenant_id) & (period.period == PERIOD))
        .where(row.tenant_id == tenant_id, row.source_id == EVERY)
        .where(row.day.between(period.first, period.last))
        .group_by(row.partner_id)
        .subquery()
    )


def _sums(counted: Subquery) -> list[tuple[Any, Any]]:
    """Pair what a partner's row holds with what was counted; of most there is nothing."""
    are = (func.coalesce(number, 0) for number in (counted.c.received, counted.c.accepted))
    return list(zip((Partner.received_30, Partner.accepted_30), are, strict=True))


def differing_leads(tenant_id: int) -> Sequence[Any]:
    """Find partners whose last lead is another one: who, and both moments.

    Who has something new is left out: the next count looks at those.
    """
    found = _last_leads(tenant_id).subquery()
    waiting = [
        select(kind.partner_id).where(
            kind.tenant_id == tenant_id, kind.partner_id.is_not(None), is_new(kind, tenant_id)
        )
        for kind in (Uncounted, MetricChange)
    ]
    return db.session.execute(
        select(found)
        .where(found.c.held.is_distinct_from(found.c.counted))
        .where(*(found.c.id.not_in(rows) for rows in waiting))
        .order_by(found.c.id)
    ).all()


def _received(row: Any) -> Any:  # noqa: ANN401 - of a table or a subquery
    return row.accepted + row.duplicate + row.rejected


def _named(*columns: Any) -> list[Any]:  # noqa: ANN401
    names = ("partner_id", "received", "accepted", "brought")
    return [column.label(name) for column, name in zip(columns, names, strict=True)]


def _last_lead() -> One[Any]:
    """Find a partner's last lead that is no test, which its index ends with."""
    return (
        select(Lead.received_at)
        .where(
            Lead.tenant_id == TABLE.c.tenant_id,
            Lead.partner_id == TABLE.c.id,
            Lead.is_test.is_(False),
        )
        .order_by(Lead.id.desc())
        .limit(1)
        .correlate(TABLE)
        .scalar_subquery()
    )


def _last_leads(tenant_id: int) -> Select[Any]:
    held, counted = TABLE.c.last_lead_at.label("held"), _last_lead().label("counted")
    return select(TABLE.c.id, held, counted).where(TABLE.c.tenant_id == tenant_id)


def _write(tenant_id: int, changes: Select[Any]) -> None:
    """Add to the partners' sums, and look for the last lead of those that brought one.

    The rows are held in the order in which requests hold them (operations/place_locks.py), and
    nothing else is waited for after that: nobody waits in a circle.
    """
    new: Subquery = changes.subquery()
    held = (
        select(new)
        .join(TABLE, (TABLE.c.tenant_id == tenant_id) & (TABLE.c.id == new.c.partner_id))
        .order_by(TABLE.c.tenant_id, TABLE.c.id)
        .with_for_update(key_share=True, of=TABLE)
        .cte("held")
    )
    last = func.coalesce(_last_lead(), TABLE.c.last_lead_at)
    values = {
        TABLE.c.received_30: TABLE.c.received_30 + held.c.received,
        TABLE.c.accepted_30: TABLE.c.accepted_30 + held.c.accepted,
        TABLE.c.last_lead_at: case((held.c.brought == 1, last), else_=TABLE.c.last_lead_at),
    }
    own = (TABLE.c.tenant_id == tenant_id, TABLE.c.id == held.c.partner_id)
    db.session.execute(update(TABLE).where(*own).values(values))
