"""Stored values as exports write them: by the database, or without an object for each on the way.

An export reads a hundred thousand rows; a `datetime` or a `UUID` of each is most of its time.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import UserDefinedType
from typeid.codecs.base32 import encode

from models.base import Public


class _PublicId(UserDefinedType[str]):
    """A TypeID of this prefix, from what `public` selects."""

    cache_ok = True

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def result_processor(self, dialect: Dialect, _coltype: object) -> Callable[[Any], str]:
        """Take SQLite's digits, PostgreSQL's bytes."""
        prefix = self.prefix
        if dialect.name == "sqlite":
            return lambda digits: f"{prefix}_{encode(bytes.fromhex(digits))}"
        return lambda sixteen: f"{prefix}_{encode(sixteen)}"


class public(FunctionElement[str]):  # noqa: N801 - read as the SQL function it is
    """The identifier of each row of a model, as a TypeID: ``public(Partner)``."""

    inherit_cache = True

    def __init__(self, model: type[Public]) -> None:
        super().__init__(model.id)
        self.type = _PublicId(model.prefix)


class stamp(FunctionElement[str]):  # noqa: N801 - the same
    """A moment in UTC, to the second, as programs read it: ``stamp(Partner.created_at)``."""

    type = Text()
    inherit_cache = True


@compiles(public, "postgresql")
def _public_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:  # noqa: ANN401
    return f"uuid_send({compiler.process(element.clauses, **options)})"


@compiles(public, "sqlite")
def _public_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:  # noqa: ANN401
    return str(compiler.process(element.clauses, **options))


@compiles(stamp, "postgresql")
def _stamp_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:  # noqa: ANN401
    moment = compiler.process(element.clauses, **options)
    return f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"+00:00\"')"


@compiles(stamp, "sqlite")
def _stamp_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:  # noqa: ANN401
    moment = compiler.process(element.clauses, **options)
    return f"(replace(substr({moment}, 1, 19), ' ', 'T') || '+00:00')"
