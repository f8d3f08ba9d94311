"""Pages of a list that follow a key instead of an offset: page 5000 costs what page 1 costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, tuple_

from models import db

#: Counting stops here; a list says "10,000+" instead of counting for seconds.
COUNT_CAP = 10_000


@dataclass(frozen=True)
class Page:
    """The rows of one page, in the order of the list, and whether there are more on each side."""

    rows: list[Any]
    has_previous: bool
    has_next: bool


@dataclass(frozen=True)
class Keyset:
    """A query in an order that no two rows share: the keys end with the identifier."""

    query: Select[Any]
    keys: Sequence[Any]
    descending: bool
    size: int

    def first(self) -> Page:
        """Find the page that the list begins with."""
        rows, beyond = self._read(self.query, backwards=False)
        return Page(rows, has_previous=False, has_next=beyond)

    def last(self) -> Page:
        """Find the page that the list ends with."""
        rows, beyond = self._read(self.query, backwards=True)
        return Page(rows, has_previous=beyond, has_next=False)

    def after(self, anchor: Any) -> Page:
        """Find the page behind a row; the last page where nothing is behind it any more."""
        rows, beyond = self._read(self._beside(anchor, backwards=False), backwards=False)
        return Page(rows, has_previous=True, has_next=beyond) if rows else self.last()

    def before(self, anchor: Any) -> Page:
        """Find the page ahead of a row; where that reaches the start, the first page whole."""
        rows, beyond = self._read(self._beside(anchor, backwards=True), backwards=True)
        return Page(rows, has_previous=True, has_next=True) if beyond else self.first()

    def _read(self, query: Select[Any], *, backwards: bool) -> tuple[list[Any], bool]:
        """Read one page, and whether the query has rows beyond it."""
        turned = self.descending != backwards
        ordered = query.order_by(*(key.desc() if turned else key.asc() for key in self.keys))
        found = list(db.session.scalars(ordered.limit(self.size + 1)).unique())
        rows, beyond = found[: self.size], len(found) > self.size
        return rows[::-1] if backwards else rows, beyond

    def _beside(self, anchor: Any, *, backwards: bool) -> Select[Any]:
        here = tuple_(*(getattr(anchor, key.key) for key in self.keys))
        is_up = self.descending == backwards
        return self.query.where(tuple_(*self.keys) > here if is_up else tuple_(*self.keys) < here)


def count(query: Select[Any], identifier: Any) -> str:
    """Count the rows of a query in words; never further than the cap."""
    inner = query.with_only_columns(identifier).order_by(None).limit(COUNT_CAP + 1)
    counted = db.session.scalar(select(func.count()).select_from(inner.subquery())) or 0
    return f"{COUNT_CAP:,}+" if counted > COUNT_CAP else f"{counted:,}"
