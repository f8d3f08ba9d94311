"""Lists: a Flask-Admin model view whose pages follow a key instead of an offset.

A screen declares its columns, filters and bulk deeds; everything else about a list (search,
filters in the address, sort, pages both ways, capped count, export) is here, once.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlencode

from flask import Response, abort, request, url_for
from flask_admin.contrib.sqla import ModelView
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from wtforms import Form

from admin_views import export
from admin_views.base import Screen, page
from models import db
from models.search import matching
from policy import Permission, may

SIZES = (20, 50, 100, 200)
#: Counting stops here; a list says "10,000+" instead of counting for seconds.
COUNT_CAP = 10_000

Cell = Callable[[Any, dict[str, Any]], Markup | str]


@dataclass(frozen=True)
class Column:
    """One column of a list.

    `cell(row, more)` gives what the page shows; `text(row, more)` what the export holds
    (the same, unless said). `sort` is a column that is never null.
    """

    key: str
    label: str
    cell: Cell
    sort: Any = None
    text: Cell | None = None
    numeric: bool = False
    css: str = ""
    in_export: bool = True


@dataclass(frozen=True)
class Filter:
    """One filter: offered as choices, applied as a criterion, kept in the address.

    `choices()` gives (value, word) pairs; `where(value)` the criterion of one value.
    """

    name: str
    label: str
    choices: Callable[[], Sequence[tuple[str, str]]]
    where: Callable[[str], ColumnElement[bool]]
    #: Whether values beyond the choices are taken (a date, a tag typed by hand).
    is_free: bool = False
    #: The control of a filter without choices: "text" or "date".
    kind: str = "text"


@dataclass(frozen=True)
class RowAction:
    """A word in a row: a link, or a button where `post` is set."""

    word: str
    url: str
    post: bool = False
    sharp: bool = False


@dataclass(frozen=True)
class Bulk:
    """A deed for the selected rows; posts their ids to `endpoint` of the same screen.

    `counted` words say how many: "Pause 3 partners".
    """

    name: str
    word: str
    endpoint: str
    needs: Permission
    sharp: bool = False
    counted: bool = False


@dataclass
class Query:
    """What the address asks of a list, checked."""

    q: str = ""
    chosen: dict[str, str] = field(default_factory=dict)
    sort: str = ""
    size: int = SIZES[0]
    after: str = ""
    before: str = ""
    last: bool = False

    @property
    def kept(self) -> dict[str, str]:
        """What every link of the list carries on: all but the place in the list."""
        values = {"q": self.q, **self.chosen, "sort": self.sort}
        values["size"] = "" if self.size == SIZES[0] else str(self.size)
        return {name: value for name, value in values.items() if value}


class ListScreen(Screen, ModelView):
    """Declare `columns` and the rest below; the list, its search and its export follow."""

    model: ClassVar[Any]
    title: ClassVar[str]
    #: One, and many: ("partner", "partners").
    noun: ClassVar[tuple[str, str]]
    to_view: ClassVar[Permission]
    columns: ClassVar[Sequence[Column]]
    #: Columns that only the export has.
    export_only: ClassVar[Sequence[Column]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    bulk: ClassVar[Sequence[Bulk]] = ()
    #: Columns that the search box looks in.
    searched: ClassVar[Sequence[Any]] = ()
    search_label: ClassVar[str] = ""
    #: Newest first: identifiers are in the order of creation.
    default_sort: ClassVar[str] = ""
    empty: ClassVar[tuple[str, str]] = ("Nothing here yet", "")
    template: ClassVar[str] = "list.html"

    # Flask-Admin's own doors that this panel does not use: without a view there is no address.
    create_view = edit_view = details_view = delete_view = None
    action_view = ajax_lookup = ajax_update = None
    can_create = can_edit = can_delete = can_view_details = False
    can_export = True
    form = Form  # nothing is scaffolded: forms are written out where they are used

    def __init__(self, endpoint: str, url: str) -> None:
        self.column_list = [column.key for column in self.columns]
        super().__init__(self.model, db, name=self.title, endpoint=endpoint, url=url)

    # What a screen may say further ---------------------------------------------------------

    def base_query(self) -> Select[Any]:
        """Rows of this list, relations included. The scope narrows it by itself."""
        return select(self.model)

    def more(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Read what the rows of one page need besides, one statement per relation."""
        return {}

    def name_of(self, row: Any) -> str:
        """Name a row in links, labels and messages."""
        return str(row.name)

    def sub_of(self, row: Any) -> str:
        """Say a second line under the name."""
        return ""

    def url_of(self, row: Any) -> str | None:
        """Where the row's name leads."""
        return None

    def actions_of(self, row: Any) -> Iterable[RowAction]:
        """List the words at the end of a row."""
        return ()

    def bulk_url(self, deed: Bulk) -> str:
        """Where the selected rows are sent."""
        return self.url(deed.endpoint)

    def create_link(self) -> dict[str, str] | None:
        """Offer the list's own primary action."""
        return None

    def default_where(self, asked: Query) -> Iterable[ColumnElement[bool]]:
        """Narrow the list unless a filter asks otherwise (archived partners, say)."""
        return ()

    # The list ------------------------------------------------------------------------------

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self, **context: Any) -> Any:
        """Show one page of the list."""
        self._check_view()
        return self.render(self.template, listing=self.listing(), **context)

    @page("/export", needs=Permission.PANEL_OPEN)
    def export(self, **_place: Any) -> Response:
        """Send every row that the search and the filters leave, as CSV."""
        self._check_view()
        query = self._filtered(self.asked()).order_by(self.model.id.desc())
        columns = [column for column in (*self.columns, *self.export_only) if column.in_export]
        return export.csv_response(f"{self.title.lower()}.csv", columns, query, self.more)

    def _check_view(self) -> None:
        if not may(self.actor, self.to_view):
            abort(403)

    def asked(self) -> Query:
        """Read the address. Aborts with 400 for what no link of this list says."""
        args = request.args
        asked = Query(
            q=args.get("q", "").strip()[:200],
            sort=args.get("sort", self.default_sort),
            size=_size(args.get("size", "")),
            after=args.get("after", ""),
            before=args.get("before", ""),
            last="last" in args,
        )
        for a_filter in self.filters:
            if value := args.get(a_filter.name, ""):
                _check_choice(a_filter, value)
                asked.chosen[a_filter.name] = value
        if asked.sort and asked.sort.removeprefix("-") not in self._sorts():
            abort(400, "This list cannot be sorted that way.")
        return asked

    def listing(self, **fixed: Any) -> dict[str, Any]:
        """Everything the template needs of one page. `fixed` are arguments of its address."""
        asked = self.asked()
        rows, has_previous, has_next = self._rows(asked)
        more = self.more(rows)
        link = self._linker(asked, fixed)
        return {
            "title": self.title,
            "noun": self.noun[1],
            "noun_one": self.noun[0],
            "url": link.bare,
            "keep": [(name, value) for name, value in asked.kept.items() if name != "q"],
            "q": asked.q,
            "search_label": self.search_label,
            "chips": self._chips(asked, link),
            "clear_url": link(q=None, **dict.fromkeys(asked.chosen)) if asked.kept else None,
            "filters": self._offered(asked),
            "columns": [self._head(column, asked, link) for column in self.columns],
            "rows": [self._row(row, more) for row in rows],
            "bulk": [self._bulk(deed) for deed in self.bulk if may(self.actor, deed.needs)],
            "bulk_url": link.bare,
            "shown": len(rows),
            "total": self._total(asked),
            "first_url": link() if has_previous else None,
            "previous_url": link(before=rows[0].public_id) if has_previous and rows else None,
            "next_url": link(after=rows[-1].public_id) if has_next and rows else None,
            "last_url": link(last="1") if has_next else None,
            "sizes": [
                {"n": n, "url": link(size=str(n)), "current": n == asked.size} for n in SIZES
            ],
            "export_url": link.export,
            "create": self.create_link(),
            "empty": self._empty(asked),
        }

    # How a page is found -------------------------------------------------------------------

    def _rows(self, asked: Query) -> tuple[list[Any], bool, bool]:
        """One page, and whether there are rows before and after it."""
        backwards = bool(asked.before or asked.last)
        descending, keys = self._order(asked)
        query = self._filtered(asked)
        if anchor := self._anchor(asked):
            here = tuple_(*(getattr(anchor, key.key) for key in keys))
            forwards = descending == backwards
            query = query.where(tuple_(*keys) > here if forwards else tuple_(*keys) < here)
        turned = descending != backwards
        ordered = query.order_by(*(key.desc() if turned else key.asc() for key in keys))
        found = list(db.session.scalars(ordered.limit(asked.size + 1)).unique())
        page_rows, beyond = found[: asked.size], len(found) > asked.size
        if backwards:
            return page_rows[::-1], beyond, not asked.last
        return page_rows, bool(asked.after), beyond

    def _order(self, asked: Query) -> tuple[bool, list[Any]]:
        name = asked.sort.removeprefix("-")
        if not name:
            return True, [self.model.id]
        return asked.sort.startswith("-"), [self._sorts()[name], self.model.id]

    def _sorts(self) -> dict[str, Any]:
        return {column.key: column.sort for column in self.columns if column.sort is not None}

    def _anchor(self, asked: Query) -> Any:
        text = asked.after or asked.before
        return self.row(text) if text else None

    def _filtered(self, asked: Query) -> Select[Any]:
        query = self.base_query()
        for a_filter in self.filters:
            if a_filter.name in asked.chosen:
                query = query.where(a_filter.where(asked.chosen[a_filter.name]))
        query = query.where(*self.default_where(asked))
        if asked.q and self.searched:
            found = [matching(column, asked.q) for column in self.searched]
            query = query.where(found[0] if len(found) == 1 else or_(*found))
        return query

    def _total(self, asked: Query) -> str:
        """Count up to the cap; also where one page holds all, so that every page costs the same."""
        inner = self._filtered(asked).with_only_columns(self.model.id).order_by(None)
        counted = select(func.count()).select_from(inner.limit(COUNT_CAP + 1).subquery())
        count = db.session.scalar(counted) or 0
        return f"{COUNT_CAP:,}+" if count > COUNT_CAP else f"{count:,}"

    # Rows by their public identifier -------------------------------------------------------

    def row(self, public_id: str) -> Any:
        """Find a row of this scope, or answer 404: foreign and absent look the same."""
        try:
            identifier = self.model.parse_id(public_id)
        except ValueError:
            abort(404)
        found = db.session.scalar(self.base_query().where(self.model.id == identifier))
        return found if found is not None else abort(404)

    def selected(self) -> list[Any]:
        """Find the rows of a selection, all or none: one unknown id answers 404."""
        texts = list(dict.fromkeys(request.form.getlist("id")))
        if not texts:
            abort(400, "Nothing was selected. Tick at least one row.")
        try:
            wanted: list[uuid.UUID] = [self.model.parse_id(text) for text in texts]
        except ValueError:
            abort(404)
        query = self.base_query().where(self.model.id.in_(wanted))
        rows = list(db.session.scalars(query).unique())
        return rows if len(rows) == len(wanted) else abort(404)

    # Parts of the page ---------------------------------------------------------------------

    def _linker(self, asked: Query, fixed: dict[str, Any]) -> "_Linker":
        endpoint = request.endpoint or f"{self.endpoint}.index_view"
        bare = url_for(endpoint, **fixed)
        return _Linker(
            bare, _with(url_for(f"{self.endpoint}.export", **fixed), asked.kept), asked.kept
        )

    def _chips(self, asked: Query, link: "_Linker") -> list[dict[str, str]]:
        chips = []
        for a_filter in self.filters:
            if value := asked.chosen.get(a_filter.name):
                words = dict(a_filter.choices())
                chips.append(
                    {
                        "label": a_filter.label,
                        "value": words.get(value, value),
                        "remove_url": link(**{a_filter.name: None}),
                    }
                )
        return chips

    def _offered(self, asked: Query) -> list[dict[str, Any]]:
        return [
            {
                "name": a_filter.name,
                "label": a_filter.label,
                "kind": a_filter.kind if a_filter.is_free and not a_filter.choices() else "choice",
                "choices": a_filter.choices(),
            }
            for a_filter in self.filters
            if a_filter.name not in asked.chosen
        ]

    def _head(self, column: Column, asked: Query, link: "_Linker") -> dict[str, Any]:
        sorted_by, descending = asked.sort.removeprefix("-"), asked.sort.startswith("-")
        is_sorted = sorted_by == column.key
        turned = column.key if descending or not is_sorted else f"-{column.key}"
        return {
            "key": column.key,
            "label": column.label,
            "numeric": column.numeric,
            "css": column.css,
            "sort_url": link(sort=turned) if column.sort is not None else None,
            "sorted": ("desc" if descending else "asc") if is_sorted else None,
        }

    def _row(self, row: Any, more: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": row.public_id,
            "name": self.name_of(row),
            "name_url": self.url_of(row),
            "sub": self.sub_of(row),
            "cells": [column.cell(row, more) for column in self.columns[1:]],
            "actions": list(self.actions_of(row)),
        }

    def _bulk(self, deed: Bulk) -> dict[str, Any]:
        return {
            "name": deed.name,
            "word": deed.word,
            "url": self.bulk_url(deed),
            "sharp": deed.sharp,
            "counted": deed.counted,
        }

    def _empty(self, asked: Query) -> dict[str, Any]:
        if asked.q or asked.chosen:
            return {
                "title": f"No {self.noun[0]} fits",
                "text": "Change the search or remove a filter to see more.",
                "action": None,
            }
        return {"title": self.empty[0], "text": self.empty[1], "action": self.create_link()}


@dataclass(frozen=True)
class _Linker:
    """Writes the list's links: what the address asks now, changed in one respect."""

    bare: str
    export: str
    kept: dict[str, str]

    def __call__(self, **changes: str | None) -> str:
        return _with(self.bare, {**self.kept, **changes})


def _with(address: str, values: Mapping[str, str | None]) -> str:
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{address}?{query}" if query else address


def _size(text: str) -> int:
    if text and text not in {str(size) for size in SIZES}:
        abort(400, "That many rows on a page are not offered.")
    return int(text or SIZES[0])


def _check_choice(a_filter: Filter, value: str) -> None:
    if not a_filter.is_free and value not in dict(a_filter.choices()):
        abort(400, f"“{a_filter.label}” has no such choice.")
