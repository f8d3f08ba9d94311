"""Lists that were longer than is counted a moment ago: those are not counted again at once.

Counting up to the cap takes PostgreSQL longer than finding a page of them. Each process
remembers for itself, so for a minute a list may say "10,000+" of one row less.
"""

from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, literal

from admin_views.frame import moment
from admin_views.keyset import Page
from models import counting

KNOWN_FOR = timedelta(minutes=1)
NEVER = datetime.min.replace(tzinfo=UTC)
#: What is said to be counted of such a list.
BEYOND = counting.CAP + 1


def page(
    whose: Hashable, read: Callable[[ColumnElement[int]], Page], count: ColumnElement[int]
) -> Page:
    """Read one page with the count of its list, or without where the list is known to be long.

    `whose` names the list; None is none that comes again.
    """
    if whose is None:
        return read(count)
    if is_long(whose):
        return read(literal(BEYOND))
    found = read(count)
    learn(whose, found.total)
    return found


def is_long(whose: Hashable) -> bool:
    """Tell whether this list was counted up to the cap not long ago."""
    return moment() < _until().get(whose, NEVER)


def learn(whose: Hashable, number: int) -> None:
    """Remember a list that has more rows than are counted."""
    if number > counting.CAP:
        _until()[whose] = moment() + KNOWN_FOR


def _until() -> dict[Hashable, datetime]:
    known: dict[Hashable, datetime] = current_app.extensions.setdefault("long_lists", {})
    return known
