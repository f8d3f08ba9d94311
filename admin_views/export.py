"""Exports: rows streamed as CSV that no spreadsheet takes for formulas."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from flask import Response, stream_with_context
from markupsafe import Markup
from sqlalchemy import Select

from models import Scope, db, enter
from models.tenancy import scope_of

if TYPE_CHECKING:
    from admin_views.lists import Column

#: Rows read, completed with their relations and written at a time.
BATCH = 1000
#: A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(value: object) -> str:
    """Write a cell so that no spreadsheet runs it."""
    text = str(value.striptags() if isinstance(value, Markup) else value)
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_response(
    name: str,
    columns: Sequence["Column"],
    query: Select[Any],
    more: Callable[[Sequence[Any]], dict[str, Any]],
) -> Response:
    """Stream the rows of a query from a server-side cursor; memory stays flat.

    The rows are read after the request has ended and its database session with it, so the
    scope is carried over by hand.
    """
    lines = stream_with_context(_lines(scope_of(db.session), columns, query, more))
    return Response(
        lines,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(
    scope: Scope,
    columns: Sequence["Column"],
    query: Select[Any],
    more: Callable[[Sequence[Any]], dict[str, Any]],
) -> Iterator[str]:
    enter(db.session, scope)
    yield _line(["Identifier", *(column.label for column in columns)])
    found = db.session.execute(query.execution_options(yield_per=BATCH)).scalars()
    for rows in found.partitions(BATCH):
        extra = more(rows)
        yield "".join(_line([row.public_id, *_cells(row, columns, extra)]) for row in rows)


def _cells(row: Any, columns: Sequence["Column"], extra: dict[str, Any]) -> Iterator[str]:
    return (safe((column.text or column.cell)(row, extra)) for column in columns)


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
