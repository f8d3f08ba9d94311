"""Pages of a list that follow a key instead of an offset: page 5000 costs what page 1 costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select, tuple_

from admin_views import words
from models import db
from models.counting import capped
from models.engine import constant


@dataclass(frozen=True)
class Page:
    """The rows of one page, in the order of the list, and whether there are more on each side."""

    rows: list[Any]
    has_previous: bool
    has_next: bool
    #: Counted no further than the cap.
    total: int


@dataclass(frozen=True)
class Keyset:
    """A query in an order that no two rows share: the keys end with the identifier."""

    query: Select[Any]
    keys: Sequence[Any]
    descending: bool
    size: int
    #: How many rows the list has (`capped`), read with each page in one statement.
    total: ColumnElement[int]
    #: Whether a plan of one time is no good for the next: the rows are few or many of all, or in
    #: an order that an index holds of all tenants together.
    planned_anew: bool = True

    def first(self) -> Page:
        """Find the page that the list begins with."""
        rows, beyond, total = self._read(self.query, backwards=False)
        return Page(rows, has_previous=False, has_next=beyond, total=total)

    def last(self) -> Page:
        """Find the page that the list ends with."""
        rows, beyond, total = self._read(self.query, backwards=True)
        return Page(rows, has_previous=beyond, has_next=False, total=total)

    def after(self, anchor: Any) -> Page:
        """Find the page behind a row; the last page where nothing is behind it any more."""
        query = self._beside(anchor, backwards=False)
        rows, beyond, total = self._read(query, backwards=False)
        return Page(rows, has_previous=True, has_next=beyond, total=total) if rows else self.last()

    def before(self, anchor: Any) -> Page:
        """Find the page ahead of a row; where that reaches the start, the first page whole."""
        query = self._beside(anchor, backwards=True)
        rows, beyond, total = self._read(query, backwards=True)
        return Page(rows, has_previous=True, has_next=True, total=total) if beyond else self.first()

    def _read(self, query: Select[Any], *, backwards: bool) -> tuple[list[Any], bool, int]:
        """Read one page, whether the query has rows beyond it, and how many the list has."""
        turned = self.descending != backwards
        ordered = query.order_by(*(key.desc() if turned else key.asc() for key in self.keys))
        read = ordered.add_columns(self.total).limit(constant(self.size + 1))
        read = read.execution_options(planned_anew=self.planned_anew)
        found = db.session.execute(read).unique().all()
        rows, beyond = [row[0] for row in found[: self.size]], len(found) > self.size
        total = found[0][-1] if found else 0
        return rows[::-1] if backwards else rows, beyond, total

    def _beside(self, anchor: Any, *, backwards: bool) -> Select[Any]:
        here = tuple_(*(getattr(anchor, key.key) for key in self.keys))
        is_up = self.descending == backwards
        return self.query.where(tuple_(*self.keys) > here if is_up else tuple_(*self.keys) < here)


def count(query: Select[Any], identifier: Any) -> str:
    """Say how many rows a query has."""
    return words.counted(db.session.execute(select(capped(query, identifier))).scalar_one())
