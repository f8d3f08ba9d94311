"""Filters of what sources receive: by day, by source and by partner, each along an index."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import abort, g
from sqlalchemy import ColumnElement, and_, select

from admin_views.lists import Filter
from models import Partner, Source, db
from models.base import Public, first_id
from models.search import matching

#: A day begins and ends at most so far from the same day in UTC, wherever the tenant is.
MARGIN = timedelta(days=1)
FEW = 50


def by_day(model: Any) -> tuple[Filter, Filter]:
    """Offer the first and the last day of a list.

    Rows are found by their day, which figures count by too; their identifiers, which are in
    the order of time, only keep the search to that part of the index.
    """
    begin, end = _days(model)
    return (
        Filter("from", "From", list, begin, is_free=True, kind="date"),
        Filter("to", "Until", list, end, is_free=True, kind="date"),
    )


def _days(model: Any) -> tuple[Callable[[str], ColumnElement[bool]], ...]:
    def begin(text: str) -> ColumnElement[bool]:
        day, start, _end = _span(text)
        return and_(model.day >= day, model.id >= first_id(start.timestamp()))

    def end(text: str) -> ColumnElement[bool]:
        day, _start, end = _span(text)
        return and_(model.day <= day, model.id < first_id(end.timestamp()))

    return begin, end


def _span(text: str) -> tuple[date, datetime, datetime]:
    """Read a day, with moments that are certainly before it and after it anywhere on earth."""
    try:
        day = date.fromisoformat(text)
        noon = datetime.combine(day, time(), UTC)
        return day, noon - MARGIN, noon + 2 * MARGIN
    except (ValueError, OverflowError):
        abort(400, "Write a date as year-month-day, such as 2026-11-20.")


def by_source(model: Any) -> Filter:
    """Narrow to one source by its identifier, as links do, or to all whose name holds a text."""
    return _by_name("source", "Source", Source, model.source_id)


def by_partner(model: Any) -> Filter:
    """Narrow to one partner by its identifier, or to all whose name holds a text."""
    return _by_name("partner", "Partner", Partner, model.partner_id)


def _by_name(name: str, label: str, kind: Any, column: Any) -> Filter:
    def where(text: str) -> ColumnElement[bool]:
        if identifier := _identifier(kind, text):
            return column == identifier
        return column.in_(_named(kind, text))

    def word(text: str) -> str:
        identifier = _identifier(kind, text)
        found = db.session.scalar(select(kind.name).where(kind.id == identifier))
        return found or text if identifier else text

    return Filter(name, label, list, where, is_free=True, word=word)


def _named(kind: Any, text: str) -> Any:
    """Find those whose name holds the text, once in a request.

    As values, so that their index is followed; very many are left to the database.
    """
    wanted = select(kind.id).where(matching(kind.name_key, text))
    found: dict[Any, Any] = g.setdefault("named", {})
    if (kind, text) not in found:
        few = db.session.scalars(wanted.limit(FEW + 1)).all()
        found[kind, text] = few if len(few) <= FEW else wanted
    return found[kind, text]


def _identifier(kind: type[Public], text: str) -> Any:
    try:
        return kind.parse_id(text)
    except ValueError:
        return None
