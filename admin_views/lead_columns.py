"""The fields of leads as columns of an export: the standard ones, and those of the mappings."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from sqlalchemy import select

from admin_views.list_parts import Column
from models import FieldMapping, Source, db
from operations.mapping_fields import STANDARD

#: A spreadsheet with more columns is none that anybody reads; the rest stands in one of them.
MOST = 200


def custom_columns(source: str) -> list[Column]:
    """Name a column for every field, of one source where the list is narrowed to it."""
    names = list(dict.fromkeys([*STANDARD, *sorted(_mapped(source))]))[:MOST]
    return [*(_column(name) for name in names), _others(frozenset(names))]


def _mapped(source: str) -> Iterator[str]:
    """List the lead fields of every mapping that was ever published: none is changed later."""
    query = select(FieldMapping.fields).where(FieldMapping.published_at.is_not(None))
    with suppress(ValueError):  # not narrowed to one source
        query = query.where(FieldMapping.source_id == Source.parse_id(source))
    for rows in db.session.scalars(query):
        yield from (row["to"] for row in rows)


def _column(name: str) -> Column:
    def text(row: Any, _more: object) -> str:
        value = row.fields.get(name)
        return "" if value is None else str(value)

    return Column(f"field.{name}", name, text)


def _others(named: frozenset[str]) -> Column:
    """Keep what no column is named after: fields of a mapping that the reader does not see."""

    def text(row: Any, _more: object) -> str:
        rest = {name: value for name, value in row.fields.items() if name not in named}
        return json.dumps(rest, ensure_ascii=False) if rest else ""

    return Column("fields", "Other fields", text)
