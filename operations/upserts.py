"""Insert rows, or add to those that are there: the same on both databases."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from models import db


def adding(kind: Any, sums: Sequence[str]) -> Any:  # noqa: ANN401 - an INSERT of either dialect
    """Begin an INSERT that adds the columns `sums` to a row whose key is there already.

    Without any, such a row is left as it is.
    """
    is_postgresql = db.session.get_bind().dialect.name == "postgresql"
    table = kind.__table__
    insert: Any = (postgresql.insert if is_postgresql else sqlite.insert)(table)
    if not sums:
        return insert.on_conflict_do_nothing()
    more = {name: table.c[name] + insert.excluded[name] for name in sums}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=more)
