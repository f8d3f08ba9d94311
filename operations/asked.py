"""What is asked of the metrics, whose and of which days: parameters of statements built once.

Building one of these statements takes longer than the database does to answer it.
"""

import uuid
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, or_

from models import ALL, MetricDay, RejectionDay
from operations.periods import Days, Period


@dataclass(frozen=True)
class Whose:
    """Whose figures: a source's, a partner's, a source's with one partner, or the tenant's."""

    tenant_id: int
    source_id: uuid.UUID | None = None
    partner_id: uuid.UUID | None = None

    @property
    def grain(self) -> tuple[bool, bool]:
        """Tell whether it is a source's, and whether it is a partner's."""
        return self.source_id is not None, self.partner_id is not None

    def values(self) -> dict[str, Any]:
        """Give the parameters below their values."""
        return asdict(self)


TENANT: BindParameter[int] = bindparam("tenant_id")
SOURCE: BindParameter[uuid.UUID] = bindparam("source_id")
PARTNER: BindParameter[uuid.UUID] = bindparam("partner_id")
Day = BindParameter[date]
FIRST: Day = bindparam("first")
LAST: Day = bindparam("last")
FIRST_BEFORE: Day = bindparam("first_before")
LAST_BEFORE: Day = bindparam("last_before")


def of_days(days: Days) -> dict[str, Any]:
    """Give the parameters of days their values."""
    return {"first": days.first, "last": days.last}


def of_period(period: Period) -> dict[str, Any]:
    """Give those of a period and the days before it their values."""
    before = period.before
    return {**of_days(period.now), "first_before": before.first, "last_before": before.last}


def in_days(kind: Any) -> ColumnElement[bool]:  # noqa: ANN401 - any of the tables, or columns
    """Keep the days that are asked for."""
    chosen: ColumnElement[bool] = kind.day.between(FIRST, LAST)
    return chosen


def in_period(kind: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 - any of the tables
    """Keep the days of both periods: one span that an index knows, without what is between them."""
    span = kind.day.between(FIRST_BEFORE, LAST)
    return [span, or_(kind.day <= LAST_BEFORE, kind.day >= FIRST)]


def in_grain(kind: Any, *, of_source: bool, of_partner: bool) -> list[ColumnElement[bool]]:  # noqa: ANN401
    """Keep whose rows are asked for; of a rollup, those that hold just that, each call once."""
    chosen: list[ColumnElement[bool]] = [kind.tenant_id == TENANT]
    is_rollup = kind in {MetricDay, RejectionDay}
    if of_source or is_rollup:
        chosen.append(kind.source_id == (SOURCE if of_source else ALL))
    if of_partner or (is_rollup and not of_source):
        chosen.append(kind.partner_id == (PARTNER if of_partner else ALL))
    return chosen
