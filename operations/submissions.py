"""Submissions that are old enough to go, and the idempotency keys that nobody repeats any more."""

import uuid
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, delete, select, tuple_

from config import Settings
from models import IdempotencyKey, MetricMark, Submission, Tenant, db, now
from models.base import first_id
from models.partitions import day
from operations import partitions
from operations.idempotency import REMEMBERED

#: Rows that go in one transaction: few enough that nobody waits for it.
BATCH = 1000


def forget_some(settings: Settings) -> bool:
    """Delete one batch of what is no longer kept, and tell whether there may be more.

    The caller commits each batch by itself and asks again. Calls that no figure has counted
    yet stay, however old they are. Where all calls of a partition are old, it goes as a whole,
    and nothing of it is deleted while somebody who reads it keeps it.
    """
    whole = partitions.old(_until(now(), partitions.longest(settings)))
    if partitions.drop_one(whole):
        return True
    begin = whole[-1].end if whole else first_id(0)
    return any([*(_forget_calls(begin, *due) for due in _due(settings)), _forget_keys()])


def _until(moment: datetime, days: int) -> datetime:
    """Tell up to when calls are old: whole days go at once, as they are put into partitions."""
    return day(moment - timedelta(days=days))[0]


def _due(settings: Settings) -> list[tuple[int, datetime, int]]:
    """Say for each tenant up to when its calls are old, and up to which number they count."""
    query = select(Tenant, MetricMark.seq).join(MetricMark, MetricMark.tenant_id == Tenant.id)
    return [
        (tenant.id, kept_since(tenant, settings.submission_days), counted)
        for tenant, counted in db.session.execute(query)
    ]


def kept_since(tenant: Tenant, submission_days: int) -> datetime:
    """Tell since when a tenant's calls are all kept: for its own days, or as the server is set."""
    return _until(now(), tenant.submission_days or submission_days)


def _forget_calls(begin: uuid.UUID, tenant_id: int, until: datetime, counted: int) -> bool:
    """Delete the oldest calls of a tenant: identifiers are in the order of time."""
    oldest = (
        select(Submission.id)
        .where(
            Submission.tenant_id == tenant_id,
            Submission.id >= begin,
            Submission.id < first_id(until.timestamp()),
            Submission.seq < counted,
        )
        .order_by(Submission.id)
        .limit(BATCH)
    )
    rows = delete(Submission).where(Submission.tenant_id == tenant_id, Submission.id.in_(oldest))
    return _has_more(rows)


def _forget_keys() -> bool:
    """Delete the keys whose day is over, whosever they are."""
    key = tuple_(IdempotencyKey.tenant_id, IdempotencyKey.id)
    oldest = (
        select(IdempotencyKey.tenant_id, IdempotencyKey.id)
        .where(IdempotencyKey.received_at < now() - REMEMBERED)
        .order_by(IdempotencyKey.received_at)
        .limit(BATCH)
    )
    return _has_more(delete(IdempotencyKey).where(key.in_(oldest)))


def _has_more(rows: Delete) -> bool:
    rows = rows.execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", db.session.execute(rows)).rowcount >= BATCH
