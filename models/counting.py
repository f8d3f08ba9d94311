"""Counting no further than a page says: it costs the same however much there is."""

from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select

from models.engine import constant

#: Counting stops here; a page says "10,000+" instead of counting for seconds.
CAP = 10_000


def capped(query: Select[Any], identifier: Any) -> ScalarSelect[int]:  # noqa: ANN401 - a column
    """Count the rows of a query; one more than the cap stands for all there are beyond it."""
    inner = query.with_only_columns(identifier).order_by(None).limit(constant(CAP + 1))
    return select(func.count()).select_from(inner.subquery()).scalar_subquery()
