"""Exports: rows streamed as CSV that no spreadsheet takes for formulas.

Most lists export what their columns say of a row and its relations (`csv_response`). The longest
one names the stored values that it needs (`csv_of_fields`): those are read without an object a
row, and written a column at a time, three times as quick.
"""

import csv
import io
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from flask import Response, request, stream_with_context
from markupsafe import Markup
from sqlalchemy import Result, Select

from admin_views.list_parts import Column
from models import Scope, db, enter, replica
from models.base import public_id
from models.engine import streaming
from models.patience import end_when_idle
from models.tenancy import narrowed, scope_of
from operations.formulas import SUSPECT, escaped
from policy import Permission

#: Rows read, completed with their relations and written at a time: about 100 KB.
BATCH = 1000
#: A client that takes nothing for so many seconds is let go, and so is its transaction.
STALLED = 60
#: An export takes so many seconds at most: its transaction keeps what others delete, and on SQLite
#: the log from being emptied. A million rows take less than two minutes.
LONGEST = 30 * 60
BEGINNING = itemgetter(slice(1))
More = Callable[[Sequence[Any]], dict[str, Any]]
#: The cells of a batch, column by column, and line by line.
Cells = Iterator[Sequence[str]]
Lines = Iterable[Sequence[str]]


@dataclass(frozen=True)
class Field:
    """A column of an export that is made of one stored value alone."""

    label: str
    #: What is selected.
    value: Any
    #: How it is written; text stands as it is.
    write: Callable[[Any], str] | None = None
    #: What a role needs to see it, besides the list.
    needs: Permission | None = None


def csv_response(name: str, columns: Sequence[Column], query: Select[Any], more: More) -> Response:
    """Stream what the columns say of each row of a query: of objects, or of plain rows."""
    texts = [column.text or column.cell for column in columns]
    what = query.column_descriptions
    prefix = what[0]["entity"].prefix

    def cells(rows: Sequence[Any]) -> Cells:
        found = rows if len(what) > 1 else [row[0] for row in rows]
        extra = more(found)
        yield [public_id(prefix, row.id) for row in found]
        for text in texts:
            yield _safe([text(row, extra) for row in found])

    head = ["Identifier", *(column.label for column in columns)]
    return _stream(name, head, query, _in_columns(cells))


def csv_of_fields(name: str, fields: Sequence[Field], query: Select[Any]) -> Response:
    """Stream stored values of each row of a query."""
    writes = [field.write for field in fields]
    plain = query.with_only_columns(*(field.value for field in fields), maintain_column_froms=True)

    def cells(rows: Sequence[Any]) -> Cells:
        for write, values in zip(writes, zip(*rows, strict=True), strict=True):
            yield _escaped(values if write is None else list(map(write, values)))

    return _stream(name, [field.label for field in fields], plain, _in_columns(cells))


def csv_of_lists(
    name: str, head: Sequence[str], query: Select[Any], cells: Callable[[Any], Sequence[str]]
) -> Response:
    """Stream what `cells` says of each object of a query: as many cells as it has."""

    def lines(rows: Sequence[Any]) -> Lines:
        return (_safe(cells(row[0])) for row in rows)

    return _stream(name, head, query, lines)


def safe(value: object) -> str:
    """Write a cell so that no spreadsheet runs it."""
    text = value.striptags() if isinstance(value, Markup) else str(value)
    return escaped(text)


def _escaped(texts: Sequence[str]) -> Sequence[str]:
    """Pass a column of which no text begins as a formula at once; nearly all are such."""
    if SUSPECT.isdisjoint(map(BEGINNING, texts)):
        return texts
    return list(map(escaped, texts))


def _safe(values: Sequence[Any]) -> list[str]:
    """Pass plain text that begins as no formula at once; it is nearly every cell."""
    return [v if type(v) is str and v[:1] not in SUSPECT else safe(v) for v in values]


def _in_columns(cells: Callable[[Sequence[Any]], Cells]) -> Callable[[Sequence[Any]], Lines]:
    return lambda rows: zip(*cells(rows), strict=True)


def _stream(
    name: str, head: Sequence[str], query: Select[Any], written: Callable[[Sequence[Any]], Lines]
) -> Response:
    """Send rows from a server-side cursor; memory stays flat."""
    if client := request.environ.get("gunicorn.socket"):
        client.settimeout(STALLED)
    lines = _lines(head, query, written, scope_of(db.session))
    return Response(
        stream_with_context(lines),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(
    head: Sequence[str],
    query: Select[Any],
    written: Callable[[Sequence[Any]], Lines],
    scope: Scope,
) -> Iterator[str]:
    enter(db.session, scope)  # the view's own session ended with the view
    first, deadline = _csv([_safe(head)]), time.monotonic() + LONGEST
    with ExitStack() as ended:
        ended.callback(db.session.remove)  # a client that hangs up ends the loop wherever it is
        with streaming():
            ended.enter_context(replica.reading())
            # Should the server not let go of the client itself.
            end_when_idle(db.session, 2 * STALLED)
            result = _executed(query.execution_options(yield_per=BATCH))
        for rows in result.partitions(BATCH):
            yield first + _csv(written(rows))
            first = ""
            if time.monotonic() > deadline:
                raise TimeoutError("an export took too long; its client reads too slowly")
        if first:
            yield first


def _executed(query: Select[Any]) -> Result[Any]:
    """Read plain rows past the session, which would make each of them twice."""
    if len(query.column_descriptions) == 1:
        return db.session.execute(query)
    return db.session.connection().execute(narrowed(db.session, query))


def _csv(lines: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue()
