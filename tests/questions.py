"""Every question that a list can be asked, found from what the lists themselves declare."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlencode

from flask import Flask

from admin_views.lists import Filter, ListScreen
from models import now
from tests.doors import Door, doors

#: Typed into a search, or into a filter that takes any text: a beginning, a rare part, one that
#: many rows hold, and one that none does.
TYPED = ("am", "4217", "amber falcon", "no such thing")
#: Of a longer menu so many choices are asked for.
CHOICES = 8
Offered = Mapping[str, Sequence[str]]


def lists(app: Flask) -> Iterator[tuple[Door, ListScreen]]:
    """Find every list of both panels."""
    for door in doors(app):
        screen = getattr(app.view_functions[door.endpoint], "__self__", None)
        is_page = door.method == "GET" and door.endpoint.endswith(".index_view")
        if is_page and isinstance(screen, ListScreen):
            yield door, screen


def questions(screen: ListScreen, offered: Offered, named: Sequence[str]) -> Iterator[str]:
    """Write the query of every order both ways, and of each filter and search in every order.

    `offered` holds the choices of the filters that have some; `named` are identifiers, which
    filters that take any text may take too.
    """
    keys = [column.key for column in screen.columns if column.sort is not None]
    for sort in ("", *keys, *(f"-{key}" for key in keys)):
        yield urlencode({"sort": sort})
        yield urlencode({"sort": sort, "last": 1})
    for name, value in _narrowings(screen, offered, named):
        for sort in ("", *keys):
            yield urlencode({name: value, "sort": sort})


def _narrowings(
    screen: ListScreen, offered: Offered, named: Sequence[str]
) -> Iterator[tuple[str, str]]:
    for a_filter in screen.filters:
        for value in _values(a_filter, offered.get(a_filter.name, ()), named):
            yield a_filter.name, value
    if screen.search_label:
        for typed in TYPED:
            yield "q", typed


def _values(a_filter: Filter, offered: Sequence[str], named: Sequence[str]) -> Iterator[str]:
    if a_filter.kind == "date":
        yield from (f"{now() - timedelta(days=days):%Y-%m-%d}" for days in (0, 40, 400))
        return
    yield from offered[:: max(1, len(offered) // CHOICES)]
    if a_filter.is_free:
        yield from (*TYPED[1:], *named)
