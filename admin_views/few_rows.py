"""Rows that a list is narrowed to, named one by one where they are few.

A planner that does not know how many rows meet a criterion may walk the order of the list until a
page is full, which for rows that are not there is the whole table; or gather and sort them all,
which may be most of it.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, false

from models import db


def few_or(found: Select[Any], walked: ColumnElement[bool], most: int = 500) -> ColumnElement[bool]:
    """Name the rows themselves where they are few; else ask `walked` of each in its turn.

    `found` selects the identifiers of the same rows, as an index leads to them. Of more than
    `most`, enough lie close to wherever a list begins.
    """
    identifier = found.selected_columns[0]
    rows = db.session.scalars(found.limit(most + 1)).all()
    if len(rows) > most:
        return walked
    return identifier.in_(rows) if rows else false()


def is_told_how_many() -> bool:
    """Whether the planner keeps statistics of values, and sees by itself how many rows to expect.

    PostgreSQL's does; SQLite's takes each value for as frequent as any other.
    """
    return db.session.get_bind().dialect.name == "postgresql"
