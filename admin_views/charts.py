"""Work out the scale and the labels of a chart, so that templates only draw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

STEPS = (1, 2, 3, 4, 5, 6, 8)
DAYS_NAMED = 5


@dataclass(frozen=True)
class Point:
    """One day: its name, this period's figure, and that of the day one period earlier."""

    day: str
    now: int
    before: int = 0


@dataclass(frozen=True)
class Chart:
    """Bars per day with the previous period behind them; see macros/charts.html."""

    label: str
    value_word: str
    now_word: str
    before_word: str
    points: Sequence[Point]

    @property
    def top(self) -> int:
        """The figure at the top grid line."""
        return axis_top(max((max(p.now, p.before) for p in self.points), default=0))

    @property
    def ticks(self) -> tuple[int, int, int]:
        """The figures beside the three grid lines, from above."""
        return self.top, self.top // 2, 0

    @property
    def days(self) -> list[str]:
        """The few days that are named below, the first and the last among them."""
        return spread([point.day for point in self.points], DAYS_NAMED)

    @property
    def total_now(self) -> int:
        """Sum of the period that is shown."""
        return sum(point.now for point in self.points)

    @property
    def total_before(self) -> int:
        """Sum of the period before it."""
        return sum(point.before for point in self.points)


def axis_top(highest: int) -> int:
    """Return the least round, even number that is not below the highest figure."""
    power = int("1" + "0" * (len(str(highest)) - 1))
    tops = (step * scale for scale in (power, 10 * power) for step in STEPS)
    return next(top for top in tops if top >= max(highest, 2) and top % 2 == 0)


def spread(words: Sequence[str], most: int) -> list[str]:
    """Return at most so many of the words, evenly spread, first and last included."""
    if len(words) <= most:
        return list(words)
    return [words[round(i * (len(words) - 1) / (most - 1))] for i in range(most)]
