"""Counting no further than a page says: it costs the same however much there is."""

from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select

from models.engine import constant

#: Counting stops here; a page says "10,000+" instead of counting for seconds.
CAP = 10_000


def capped(
    query: Select[Any],
    identifier: Any,  # noqa: ANN401 - a column
    most: int | None = None,
) -> ScalarSelect[int]:
    """Count the rows of a query; one more than `most`, or the cap, stands for all beyond it."""
    limit = constant((most or CAP) + 1)
    inner = query.with_only_columns(identifier).order_by(None).limit(limit)
    return select(func.count()).select_from(inner.subquery()).scalar_subquery()
