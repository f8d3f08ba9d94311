"""Figures: what was received, day by day and in all, beside the days before; exact as of now."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from models import db
from operations.asked import TENANT, Whose, in_grain, in_period, of_period
from operations.metric_rows import sums_of, up_to_now
from operations.periods import Period


@dataclass(frozen=True)
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
        return rate(self.accepted, self.received)

    @property
    def duplication(self) -> float | None:
        """How much of what was received was a duplicate."""
        return rate(self.duplicate, self.received)

    @property
    def rejection(self) -> float | None:
        """How much of what was received was rejected."""
        return rate(self.rejected, self.received)

    @property
    def return_rate(self) -> float | None:
        """How much of what was accepted was returned."""
        return rate(self.returned, self.accepted)


NOTHING = Tally()


@dataclass
class Figures:
    """The days of a period, those before, and both in all."""

    days: list[tuple[date, Tally]]
    days_before: list[tuple[date, Tally]]
    now: Tally = NOTHING
    before: Tally = NOTHING


def figures(whose: Whose, period: Period) -> Figures:
    """Read the figures of a period and of the one before, in one statement."""
    rows = db.session.execute(_by_day(*whose.grain), {**whose.values(), **of_period(period)})
    by_day = {day: Tally(*numbers) for day, *numbers in rows}
    days, before = (
        [(day, by_day.get(day, NOTHING)) for day in those] for those in (period.now, period.before)
    )
    return Figures(days, before, _total(days), _total(before))


@cache
def _by_day(of_source: bool, of_partner: bool) -> Select[Any]:  # noqa: FBT001 - Whose.grain
    def asked(kind: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 - any of the tables
        return [*in_grain(kind, of_source=of_source, of_partner=of_partner), *in_period(kind)]

    rows = up_to_now(TENANT, asked).subquery()
    return select(rows.c.day, *sums_of(rows.c)).group_by(rows.c.day)


def _total(days: list[tuple[date, Tally]]) -> Tally:
    """Add up the numbers of days, of which there is one at least."""
    return Tally(*map(sum, zip(*(vars(tally).values() for _, tally in days), strict=True)))


def rate(part: int, whole: int) -> float | None:
    """Tell how much of the whole a part is; nothing where there is no whole."""
    return part / whole if whole > 0 else None
