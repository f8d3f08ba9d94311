"""Call counts: how many calls came with each credential of a source, hour by hour, exactly."""

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from models import CallHour, Source, Uncounted, db, now
from models.base import Moment
from operations.asked import TENANT
from operations.metric_rows import is_new

AN_HOUR = timedelta(hours=1)
SINCE: BindParameter[datetime] = bindparam("since", type_=Moment())


class hour_of(FunctionElement[datetime]):  # noqa: N801 - read as the SQL function it is
    """The hour (UTC) that a moment lies in: ``hour_of(Submission.received_at)``."""

    type = Moment()
    inherit_cache = True


@compiles(hour_of, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:  # noqa: ANN401
    moment = compiler.process(element.clauses, **options)
    return f"date_trunc('hour', {moment}, 'UTC')"


@compiles(hour_of, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:  # noqa: ANN401
    moment = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%d %H:00:00.000000', {moment})"


@dataclass(frozen=True)
class Calls:
    """The calls of one source since an hour began, by credential and hour."""

    since: datetime
    by_credential: dict[uuid.UUID, dict[datetime, int]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def of(self, credential_id: uuid.UUID, since: datetime | None = None) -> int:
        """Count one credential's calls, all of them or since the hour of a moment."""
        start = hour(since) if since else self.since
        hours = self.by_credential.get(credential_id, {})
        return sum(calls for at, calls in hours.items() if at >= start)

    def at(self, credential_id: uuid.UUID, when: datetime) -> int:
        """Count one credential's calls in one hour."""
        return self.by_credential.get(credential_id, {}).get(when, 0)

    def first(self, credential_id: uuid.UUID) -> datetime | None:
        """Name the first hour in which calls came with the credential."""
        return min(self.by_credential.get(credential_id, ()), default=None)


def hour(when: datetime) -> datetime:
    """Name the hour (UTC) that a moment lies in."""
    return when.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def of_source(source: Source, since: datetime) -> Calls:
    """Count in one statement what the worker has counted and what came after its mark."""
    start = hour(since)
    counted = select(CallHour.credential_id, CallHour.hour, CallHour.calls).where(
        CallHour.source_id == source.id, CallHour.hour >= start
    )
    both = union_all(counted, _uncounted(source, start)).subquery()
    rows = db.session.execute(
        select(both.c.credential_id, both.c.hour, func.sum(both.c.calls)).group_by(
            both.c.credential_id, both.c.hour
        )
    )
    calls = Calls(start)
    for credential_id, at, number in rows:
        calls.by_credential[credential_id][at] = int(number)
    return calls


def in_a_day(tenant_id: int) -> dict[str, Any]:
    """Give the parameters of the statement below their values."""
    return {"tenant_id": tenant_id, "since": hour(now()) - 24 * AN_HOUR}


def of_a_day(theirs: ColumnElement[bool]) -> Select[Any]:
    """Select how many calls came in the last 24 hours to the sources of a criterion."""
    ids = select(Source.id).where(theirs)
    counted = select(CallHour.calls.label("calls")).where(
        CallHour.source_id.in_(ids), CallHour.hour >= SINCE
    )
    newer = select(literal(1)).where(
        Uncounted.source_id.in_(ids), is_new(Uncounted, TENANT), Uncounted.received_at >= SINCE
    )
    both = union_all(counted, newer).subquery()
    return select(func.coalesce(func.sum(both.c.calls), 0))


def _uncounted(source: Source, start: datetime) -> Any:  # noqa: ANN401
    return select(Uncounted.credential_id, hour_of(Uncounted.received_at), literal(1)).where(
        Uncounted.source_id == source.id,
        is_new(Uncounted, source.tenant_id),
        Uncounted.received_at >= start,
    )
