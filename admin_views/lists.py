"""Lists: a Flask-Admin model view whose pages follow a key instead of an offset.

A screen declares its columns, filters and bulk deeds; everything else about a list (search,
filters in the address, sort, pages both ways, capped count, export) is here, once.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, ClassVar

from flask import Response, abort, request, url_for
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import ColumnElement, Select, or_
from wtforms import Form

from admin_views import export, list_address, list_page, long_lists
from admin_views.base import Screen, page
from admin_views.keyset import Keyset, Page
from admin_views.list_address import Linker, Query
from admin_views.list_parts import Bulk, Column, Filter, RowAction, exported, seen
from admin_views.rows_by_id import FindsRows
from models import db
from models.counting import capped
from models.search import counting, matching
from policy import Permission, may

__all__ = ["Bulk", "Column", "Filter", "ListScreen", "Query", "RowAction"]


class ListScreen(FindsRows, Screen, ModelView):
    """Declare `columns` and the rest below; the list, its search and its export follow."""

    title: ClassVar[str]
    #: One, and many: ("partner", "partners").
    noun: ClassVar[tuple[str, str]]
    to_view: ClassVar[Permission]
    columns: ClassVar[Sequence[Column]]
    filters: ClassVar[Sequence[Filter]] = ()
    bulk: ClassVar[Sequence[Bulk]] = ()
    #: Columns that the search box looks in.
    searched: ClassVar[Sequence[Any]] = ()
    search_label: ClassVar[str] = ""
    #: Newest first: identifiers are in the order of creation.
    default_sort: ClassVar[str] = ""
    empty: ClassVar[tuple[str, str]] = ("Nothing here yet", "")
    empty_icon: ClassVar[str] = "plus"
    template: ClassVar[str] = "list.html"

    # Flask-Admin's own doors that this panel does not use: without a view there is no address.
    create_view = edit_view = details_view = delete_view = None
    action_view = ajax_lookup = ajax_update = None
    can_create = can_edit = can_delete = can_view_details = False
    can_export = True
    #: Columns that the page has no room for.
    export_only: ClassVar[Sequence[Column]] = ()
    form = Form  # nothing is scaffolded: forms are written out where they are used

    def __init__(self, endpoint: str, url: str) -> None:
        self.column_list = [column.key for column in self.columns]
        super().__init__(self.model, db, name=self.title, endpoint=endpoint, url=url)

    # What a screen may say further ---------------------------------------------------------

    def place(self) -> dict[str, Any]:
        """Name what the addresses of this list begin with: a partner, or nothing."""
        return {}

    def head(self) -> dict[str, Any] | None:
        """Describe the object whose tab this list is, if it is one."""
        return None

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
    def index_view(self, **_place: Any) -> Any:
        """Show one page of the list."""
        self._check_view()
        return self.render(self.template, listing=self.listing(), head=self.head())

    @page("/export", needs=Permission.PANEL_OPEN)
    def export(self, **_place: Any) -> Response:
        """Send every row that the search and the filters leave, as CSV."""
        query = self.matching().order_by(self.model.id.desc())
        columns = exported((*self.columns, *self.export_only), self.actor)
        return export.csv_response(f"{self.title.lower()}.csv", columns, query, self.more)

    def matching(self) -> Select[Any]:
        """Find every row that the search and the filters leave, for whoever may see the list."""
        self._check_view()
        return self._filtered(self.asked())

    def _check_view(self) -> None:
        if not may(self.actor, self.to_view):
            abort(403)

    def asked(self) -> Query:
        """Read the address. Aborts with 400 for what no link of this list says."""
        filters = seen(self.filters, self.actor)
        return list_address.read(filters, self._sorts(), self.default_sort)

    def url(self, endpoint: str, **values: Any) -> str:
        """Address one of this list's own pages."""
        return super().url(endpoint, **self.place(), **values)

    def listing(self) -> dict[str, Any]:
        """Everything the template needs of one page."""
        asked = self.asked()
        to_show, to_count = self._narrowed(asked)
        count = capped(to_count, self.model.id)
        read = partial(self._page, asked, to_show)
        found = long_lists.page(self._whole(asked), read, count)
        return list_page.describe(self, asked, found, self._linker(asked))

    def _whole(self, asked: Query) -> tuple[Any, ...] | None:
        """Name the list of all that this person sees; None where it is narrowed or ordered."""
        if asked.kept or self.place() or self.actor.partner_id:
            return None
        return self.actor.membership_id, self.actor.role, type(self)

    def _page(self, asked: Query, query: Select[Any], total: ColumnElement[int]) -> Page:
        """Find the page that the address asks for."""
        keys = self._keys(asked)
        descending = asked.sort.startswith("-") if asked.sort else True
        is_whole = self._whole(asked) is not None
        rows = Keyset(query, keys, descending, asked.size, total, planned_anew=not is_whole)
        if asked.after:
            return rows.after(self.row(asked.after))
        if asked.before:
            return rows.before(self.row(asked.before))
        return rows.last() if asked.last else rows.first()

    def _keys(self, asked: Query) -> list[Any]:
        """Name what the list is in the order of; the identifier decides where rows tie."""
        name = asked.sort.removeprefix("-")
        by = [column for column in self.columns if column.key == name and name]
        keys = [column.sort for column in by if column.sort is not self.model.id]
        return keys if by and by[0].is_unique else [*keys, self.model.id]

    def _sorts(self) -> set[str]:
        columns = seen(self.columns, self.actor)
        return {column.key for column in columns if column.sort is not None}

    def _filtered(self, asked: Query) -> Select[Any]:
        return self._narrowed(asked)[0]

    def _searched(self, asked: Query, query: Select[Any]) -> Select[Any]:
        if not asked.q or not self.searched:
            return query
        found = [matching(column, asked.q) for column in self.searched]
        return query.where(found[0] if len(found) == 1 else or_(*found))

    def _narrowed(self, asked: Query) -> tuple[Select[Any], Select[Any]]:
        """Narrow to the rows to show and to the same ones to count, which may be put otherwise."""
        show = count = self.base_query().where(*self.default_where(asked))
        for a_filter in self.filters:
            if (value := asked.chosen.get(a_filter.name)) is not None:
                where = a_filter.where(value)
                show = show.where(where)
                other = a_filter.to_count
                count = other(count, value) if other else count.where(where)
        return self._searched(asked, show), self._counted(asked, count)

    def _counted(self, asked: Query, narrowed: Select[Any]) -> Select[Any]:
        """Search what is only counted: by one column it begins with the hits."""
        if asked.q and len(self.searched) == 1:
            return counting(narrowed, self.searched[0], asked.q)
        return self._searched(asked, narrowed)

    def _linker(self, asked: Query) -> Linker:
        endpoint = request.endpoint or f"{self.endpoint}.index_view"
        bare, export = (
            url_for(name, **self.place()) for name in (endpoint, f"{self.endpoint}.export")
        )
        return Linker(bare, export, asked.kept)
