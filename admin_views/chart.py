"""A chart of days: the shapes that templates/macros/metrics.html draws, coloured by class."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from admin_views.words import day
from operations.figures import Figures

WIDTH, HEIGHT = 720, 160
#: The parts of a day's place that its bars take, and how wide they may become where days are few.
BEFORE, NOW = (0.834, 60.0), (0.42, 30.0)
#: How many days the axis names.
NAMED = 5
#: Tops of the axis, times ten or a hundred and so on: the middle of each is a whole number too.
STEPS = (10, 12, 16, 20, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True)
class Bar:
    """One day: what it says, and the paths of its place, of the day before it, and of itself."""

    title: str
    place: str
    before: str
    now: str
    #: Whether the day is not over: its bar still grows.
    is_open: bool


@dataclass(frozen=True)
class Chart:
    """The bars, the numbers on the left from top to bottom, the days below."""

    bars: Sequence[Bar]
    heights: Sequence[str]
    days: Sequence[str]


def chart(figures: Figures, today: date | None = None) -> Chart:
    """Draw accepted leads per day, with the days before behind them, today as not over yet."""
    now = [tally.accepted for _, tally in figures.days]
    before = [tally.accepted for _, tally in figures.days_before][: len(now)]
    top = axis_top(max([*now, *before]))
    place = WIDTH / len(now)
    bars = [
        Bar(
            title=_title(figures, index, today),
            place=_box(index, place, (1, WIDTH), HEIGHT),
            before=_box(index, place, BEFORE, (past or 0) / top * HEIGHT),
            now=_box(index, place, NOW, count / top * HEIGHT),
            is_open=figures.days[index][0] == today,
        )
        for index, (count, past) in enumerate(zip_longest(now, before))
    ]
    return Chart(bars, [f"{top:,}", f"{top // 2:,}", "0"], _axis(figures))


def _title(figures: Figures, index: int, today: date | None) -> str:
    when, tally = figures.days[index]
    said = f"{day(when)}: {tally.accepted:,}{' so far' * (when == today)}"
    if index >= len(figures.days_before):
        return said
    past, before = figures.days_before[index]
    return f"{said}, before {before.accepted:,} ({day(past)})"


def _box(index: int, place: float, part: tuple[float, float], height: float) -> str:
    """Write the path of a box that stands on the axis; nothing where it has no height."""
    if height <= 0:
        return ""
    width = min(part[0] * place, part[1])
    left = (index + 0.5) * place - width / 2
    return f"M{left:.1f} {HEIGHT}v-{height:.1f}h{width:.1f}V{HEIGHT}z"


def axis_top(highest: int) -> int:
    """Round up to an even number that reads well: 800, 16,000."""
    if highest < STEPS[0]:
        return max(2, highest + highest % 2)
    unit: int = 10 ** (len(str(highest)) - 2)
    return next(step * unit for step in STEPS if step * unit >= highest)


def _axis(figures: Figures) -> list[str]:
    """Name a few days, evenly spread; the axis is as long as the bars."""
    last = len(figures.days) - 1
    many = min(NAMED, last + 1)
    spread = [round(n * last / (many - 1)) for n in range(many)] if many > 1 else [0]
    return [day(figures.days[index][0]) for index in spread]
