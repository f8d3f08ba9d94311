"""Key figures: which numbers are shown, in which words, and how they compare."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from admin_views.money import MINUS, money, short
from operations.figures import Figures, Tally


@dataclass(frozen=True)
class Figure:
    """One of the key figures: its word, how to read it, and what more of it means."""

    word: str
    value: Callable[[Tally], Any]
    show: Callable[[Any], str]
    #: 1: more is better, -1: more is worse.
    better: int = 1
    #: Rates are compared by their difference.
    is_rate: bool = False
    #: Which leads it counts, as the lists of leads call them.
    leads: dict[str, str] | None = None
    exact: Callable[[Any], str] | None = None


def _number(value: int) -> str:
    return f"{value:,}"


def percent(rate: float | None) -> str:
    """Return a rate: "85.1 %"; a dash where there is none."""
    return f"{rate * 100:.1f} %" if rate is not None else "–"


RECEIVED = Figure("Received", lambda t: t.received, _number)
ACCEPTED = Figure("Accepted", lambda t: t.accepted, _number, leads={"counted": "accepted"})
ACCEPTANCE = Figure("Acceptance", lambda t: t.acceptance, percent, is_rate=True)
DUPLICATES = Figure(
    "Duplicates", lambda t: t.duplicate, _number, better=-1, leads={"status": "duplicate"}
)
REJECTED = Figure("Rejected", lambda t: t.rejected, _number, better=-1)
RETURNED = Figure(
    "Returned", lambda t: t.returned, _number, better=-1, leads={"status": "returned"}
)
PAYOUT = Figure("Payout", lambda t: t.payout, short, exact=money)
#: From here on a figure is tenfold or more, and only the one before is said.
MOST_GROWTH = 1000.0
RATES = {
    "Duplicates": lambda t: t.duplication,
    "Rejected": lambda t: t.rejection,
    "Returned": lambda t: t.return_rate,
}


def chosen(*, in_brief: bool, shows_returned: bool) -> list[Figure]:
    """List the figures of a page; in brief without what is the rest of the others."""
    found = columns(shows_returned=shows_returned)
    return [figure for figure in found if not in_brief or figure is not REJECTED]


def columns(*, shows_returned: bool) -> list[Figure]:
    """List all figures: those of a source, or what a partner's people see, leave out none."""
    returned = [RETURNED] if shows_returned else []
    return [RECEIVED, ACCEPTED, ACCEPTANCE, DUPLICATES, REJECTED, *returned, PAYOUT]


def shown(
    figure: Figure, found: Figures, address: Callable[[Figure], str | None], *, is_over: bool
) -> Any:
    now, before = figure.value(found.now), figure.value(found.before)
    return {
        "word": figure.word,
        "value": figure.show(now),
        "title": figure.exact(now) if figure.exact else "",
        "url": address(figure) if now else None,
        **_rate_of(figure, found.now),
        **(change(figure, now, before) if is_over else _beside(figure, before)),
    }


def _beside(figure: Figure, before: Any) -> dict[str, str]:
    """Name the figure before without a comparison: a morning is no fair share of a day."""
    from_ = f"{figure.show(before)} yesterday" if before is not None else ""
    return {"delta": "", "kind": "", "from_": from_}


def _rate_of(figure: Figure, tally: Tally) -> dict[str, str]:
    rate = RATES[figure.word](tally) if figure.word in RATES else None
    return {"rate": percent(rate) if rate is not None else ""}


def change(figure: Figure, now: Any, before: Any) -> dict[str, str]:
    """Say how a figure differs from the one before, and whether that is good."""
    from_ = f"from {figure.show(before)}" if before is not None else ""
    if now is None or before is None:
        return {"delta": "", "kind": "", "from_": from_}
    if now == before:
        was_something = figure.is_rate or before != 0  # a rate of 0 % is one of something
        return {"delta": "", "kind": "", "from_": "same as before" if was_something else ""}
    more = (now - before) * 100 if figure.is_rate else _growth(now, before)
    if more is None:
        return {"delta": "", "kind": "", "from_": from_}
    said = f"{'+' if more > 0 else MINUS}{abs(more):.1f}"
    kind = "good" if (more > 0) == (figure.better > 0) else "bad"
    unit = "points" if figure.is_rate else "%"
    return {"delta": f"{said} {unit}", "kind": kind, "from_": from_}


def _growth(now: int, before: int) -> float | None:
    """Say by how much it grew; beside next to nothing no percentage means anything."""
    growth = (now - before) / before * 100 if before > 0 else MOST_GROWTH
    return growth if growth < MOST_GROWTH else None
