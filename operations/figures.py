"""Figures: what was received, day by day and in all, beside the days before; exact as of now."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from models import EVERY, MetricDay, Partner, db
from operations.metric_rows import NUMBERS, Narrow, up_to_now
from operations.periods import A_DAY, Days, Period

#: So many partners are ranked.
MOST = 6


@dataclass
class Tally:
    """Numbers of some days, and the rates that follow from them; None where nothing can."""

    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    returned: int = 0
    payout_cents: int = 0
    returned_cents: int = 0
    deducted_cents: int = 0

    @property
    def received(self) -> int:
        """All calls that count."""
        return self.accepted + self.duplicate + self.rejected

    @property
    def payout(self) -> int:
        """What is owed, in hundredths of the currency."""
        return self.payout_cents - self.deducted_cents

    @property
    def acceptance(self) -> float | None:
        """How much of what was received was accepted."""
        return _rate(self.accepted, self.received)

    @property
    def duplication(self) -> float | None:
        """How much of what was received was a duplicate."""
        return _rate(self.duplicate, self.received)

    @property
    def rejection(self) -> float | None:
        """How much of what was received was rejected."""
        return _rate(self.rejected, self.received)

    @property
    def return_rate(self) -> float | None:
        """How much of what was accepted was returned."""
        return _rate(self.returned, self.accepted)

    def add(self, numbers: Any) -> None:  # noqa: ANN401 - a row of the statements below
        """Add a row's numbers."""
        for part in fields(self):
            setattr(self, part.name, getattr(self, part.name) + int(getattr(numbers, part.name)))


@dataclass(frozen=True)
class Whose:
    """Whose figures: a source's, a partner's, a source's with one partner, or the tenant's."""

    tenant_id: int
    source_id: uuid.UUID | None = None
    partner_id: uuid.UUID | None = None


@dataclass
class Figures:
    """The days of a period, those before, and both in all."""

    days: list[tuple[date, Tally]]
    days_before: list[tuple[date, Tally]]
    now: Tally = field(default_factory=Tally)
    before: Tally = field(default_factory=Tally)


def figures(whose: Whose, period: Period) -> Figures:
    """Read the figures of a period and of the one before, in one statement."""
    rows = up_to_now(whose.tenant_id, _narrow(whose, period)).subquery()
    sums = [func.sum(rows.c[name]).label(name) for name in NUMBERS]
    by_day: dict[date, Tally] = defaultdict(Tally)
    for row in db.session.execute(select(rows.c.day, *sums).group_by(rows.c.day)):
        by_day[row.day].add(row)
    return Figures(
        days=[(day, by_day[day]) for day in period.now],
        days_before=[(day, by_day[day]) for day in period.before],
        now=_sum(by_day, period.now),
        before=_sum(by_day, period.before),
    )


@dataclass
class Compared:
    """One source's or partner's numbers, and those of the days before."""

    now: Tally = field(default_factory=Tally)
    before: Tally = field(default_factory=Tally)


@dataclass(frozen=True)
class Named:
    """Which partner, and what it is called."""

    id: uuid.UUID
    name: str


def by_source(whose: Whose, period: Period) -> dict[uuid.UUID, Compared]:
    """Read a partner's figures for each of its sources that received anything."""
    sums = _sums(_each_source(whose, period), "source_id", whose.tenant_id, period)
    return _sides(db.session.execute(sums))


def by_partner(tenant_id: int, period: Period) -> list[tuple[Named, Compared]]:
    """Read the figures of the partners with the most accepted leads, the first one first."""
    sums = _sums(_each_partner(period), "partner_id", tenant_id, period).subquery()
    is_theirs = and_(Partner.tenant_id == tenant_id, Partner.id == sums.c.key)
    rows = db.session.execute(select(sums, Partner.name).join(Partner, is_theirs)).all()
    names = {row.key: row.name for row in rows}
    ranked = sorted(_sides(rows).items(), key=lambda item: (-item[1].now.accepted, item[0]))
    best = [item for item in ranked if item[1].now.accepted][:MOST]
    return [(Named(key, names[key]), compared) for key, compared in best]


def _sums(narrow: Narrow, name: str, tenant_id: int, period: Period) -> Select[Any]:
    """Add up both periods by source or by partner."""
    rows = up_to_now(tenant_id, narrow).subquery()
    is_now = case((rows.c.day.between(period.now.first, period.now.last), 1), else_=0)
    key = (rows.c[name].label("key"), is_now.label("is_now"))
    sums = [func.sum(rows.c[number]).label(number) for number in NUMBERS]
    return select(*key, *sums).group_by(*key)


def _sides(rows: Iterable[Any]) -> dict[uuid.UUID, Compared]:
    found: dict[uuid.UUID, Compared] = defaultdict(Compared)
    for row in rows:
        side = found[row.key].now if row.is_now else found[row.key].before
        side.add(row)
    return found


def _narrow(whose: Whose, period: Period) -> Narrow:
    def narrow(kind: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 - any of the tables
        chosen = _within(kind, period)
        if whose.source_id or kind is MetricDay:
            chosen.append(kind.source_id == (whose.source_id or EVERY))
        if whose.partner_id or (kind is MetricDay and not whose.source_id):
            chosen.append(kind.partner_id == (whose.partner_id or EVERY))
        return chosen

    return narrow


def _each_source(whose: Whose, period: Period) -> Narrow:
    def narrow(kind: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 - any of the tables
        of_partner: list[ColumnElement[bool]] = [kind.partner_id == whose.partner_id]
        fine = [kind.source_id != EVERY] if kind is MetricDay else []
        return [*of_partner, *fine, *_within(kind, period)]

    return narrow


def _each_partner(period: Period) -> Narrow:
    def narrow(kind: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 - any of the tables
        coarse = [kind.source_id == EVERY] if kind is MetricDay else []
        return [*coarse, *_within(kind, period)]

    return narrow


def _within(kind: Any, period: Period) -> list[ColumnElement[bool]]:  # noqa: ANN401
    """Keep the days of both periods: one span that an index knows, without what is between them."""
    before, now = period.before, period.now
    span: list[ColumnElement[bool]] = [kind.day >= before.first, kind.day <= now.last]
    if before.last + A_DAY == now.first:
        return span
    return [*span, or_(kind.day <= before.last, kind.day >= now.first)]


def _sum(by_day: dict[date, Tally], days: Days) -> Tally:
    return _total(by_day[day] for day in days)


def _total(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None
