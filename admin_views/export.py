"""Exports: rows streamed as CSV that no spreadsheet takes for formulas."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from flask import Response, stream_with_context
from markupsafe import Markup
from sqlalchemy import Select

from admin_views.list_parts import Column
from models import Scope, db, enter
from models.base import public_id
from models.tenancy import scope_of

#: Rows read, completed with their relations and written at a time.
BATCH = 1000
#: A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection).
#: Some read the wide forms alike.
FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
More = Callable[[Sequence[Any]], dict[str, Any]]


def safe(value: object) -> str:
    """Write a cell so that no spreadsheet runs it."""
    text = value.striptags() if isinstance(value, Markup) else str(value)
    return f"'{text}" if text[:1] in FORMULA else text


def csv_response(name: str, columns: Sequence[Column], query: Select[Any], more: More) -> Response:
    """Stream the rows of a query from a server-side cursor; memory stays flat."""
    lines = _lines(columns, query, more, scope_of(db.session))
    return Response(
        stream_with_context(lines),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(
    columns: Sequence[Column], query: Select[Any], more: More, scope: Scope
) -> Iterator[str]:
    enter(db.session, scope)  # the view's own session ended with the view
    head = ["Identifier", *(column.label for column in columns)]
    texts = [column.text or column.cell for column in columns]
    what = query.column_descriptions
    result = db.session.execute(query.execution_options(yield_per=BATCH))
    found: Any = result if len(what) > 1 else result.scalars()  # plain rows, or objects
    prefix = what[0]["entity"].prefix
    for rows in found.partitions(BATCH):
        extra = more(rows)
        cells = (
            [public_id(prefix, row.id), *(safe(text(row, extra)) for text in texts)] for row in rows
        )
        yield _csv(chain([head], cells) if head else cells)
        head = []
    if head:
        yield _csv([head])


def _csv(lines: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue()
