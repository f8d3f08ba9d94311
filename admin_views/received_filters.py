"""Filters of what sources receive by its day, along an index."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import abort
from sqlalchemy import ColumnElement, and_

from admin_views.lists import Filter
from models.base import first_id

#: A day begins and ends at most so far from the same day in UTC, wherever the tenant is.
MARGIN = timedelta(days=1)


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
