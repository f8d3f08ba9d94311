"""Many values as one parameter: an array, or one JSON text on SQLite."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    FromClause,
    Text,
    Uuid,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine, UserDefinedType

from models.engine import AnySession


class ArrayText(UserDefinedType[Sequence[Any]]):
    """An array, written as one text: the driver writes each of its values by itself."""

    cache_ok = True
    render_bind_cast = True

    def __init__(self, of: str) -> None:
        self.of = of

    def get_col_spec(self, **_: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
        """Name the type that PostgreSQL reads the text as."""
        return f"{self.of}[]"

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str]:  # noqa: ARG002
        """Write the array as PostgreSQL does."""
        write = ELEMENTS[self.of]
        return lambda found: f"{{{','.join(['NULL' if v is None else write(v) for v in found])}}}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


ELEMENTS: dict[str, Callable[[Any], str]] = {"UUID": lambda one: one.hex, "TEXT": _quoted}


def among(
    session: AnySession, column: InstrumentedAttribute[Any], values: Iterable[Any]
) -> ColumnElement[bool]:
    """Criterion for rows whose `column` holds one of many values."""
    dialect = session.get_bind().dialect.name
    value, kind = one_value(session, column, values), _kind_of_many(column, dialect)
    return _is_among(column, bindparam(None, value, type_=kind), dialect)


def among_those(dialect: str, column: InstrumentedAttribute[Any], name: str) -> ColumnElement[bool]:
    """Say the same in a statement that is built once: its parameter is given `one_value`."""
    return _is_among(column, bindparam(name, type_=_kind_of_many(column, dialect)), dialect)


def one_value(  # a list, or a text on SQLite
    session: AnySession, column: InstrumentedAttribute[Any], values: Iterable[Any]
) -> Any:  # noqa: ANN401
    """Write many values as the one that a parameter takes."""
    dialect, found = session.get_bind().dialect, list(values)
    if dialect.name == "postgresql":
        return found
    return json.dumps(as_stored(column.type, found, dialect))


def _kind_of_many(column: InstrumentedAttribute[Any], dialect: str) -> TypeEngine[Any]:
    return kind_of_array(column.type) if dialect == "postgresql" else Text()


def _is_among(
    column: InstrumentedAttribute[Any], many: BindParameter[Any], dialect: str
) -> ColumnElement[bool]:
    if dialect == "postgresql":
        return column == func.any(many)
    return column.in_(select(elements(many).c.value))


def kind_of_array(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Name the type of an array of these on PostgreSQL."""
    return ArrayText("UUID") if isinstance(kind, Uuid) else ARRAY(kind, dimensions=1)


def elements(many: BindParameter[str]) -> FromClause:
    """Give the elements of a JSON list as rows of SQLite, with the column `value`."""
    return func.json_each(many).table_valued("value")


def as_stored(kind: TypeEngine[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    """Write values as they are stored."""
    write = kind.dialect_impl(dialect).bind_processor(dialect)
    return list(map(write, values)) if write else values
