"""Why calls were rejected, counted per day: which message for which field, how often."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, func, select

from models import EVERY, Outcome, RejectionDay, Submission, db
from operations.upserts import adding

FIELD, MESSAGE = 120, 200
#: Source, partner and day, and the reason.
Reason = tuple[UUID, UUID, date, str, str]


def add(tenant_id: int, begun: int, end: int) -> None:
    """Add the rejected calls with `begun` <= seq < `end`, in the grains of MetricDay."""
    counted: Counter[Reason] = Counter()
    for source_id, partner_id, day, error, errors, calls in _rejected(tenant_id, begun, end):
        for reason in reasons_of(error, errors):
            for source, partner in _grains(source_id, partner_id):
                counted[source, partner, day, *reason] += calls
    names = ("source_id", "partner_id", "day", "field", "message")
    rows = [
        {"tenant_id": tenant_id, **dict(zip(names, reason, strict=True)), "calls": calls}
        for reason, calls in counted.items()
    ]
    if rows:
        db.session.execute(adding(RejectionDay, ("calls",)), rows)


def _rejected(tenant_id: int, begun: int, end: int) -> Iterator[Any]:
    partner = func.coalesce(Submission.partner_id, EVERY).label("partner")
    errors = cast(Submission.errors, Text).label("errors_text")
    alike = (Submission.source_id, partner, Submission.day, Submission.error, errors)
    rows = select(*alike, func.count()).where(
        Submission.tenant_id == tenant_id,
        Submission.seq >= begun,
        Submission.seq < end,
        Submission.outcome == Outcome.REJECTED,
        Submission.is_test.is_(False),
    )
    yield from db.session.execute(rows.group_by(*alike))


def reasons_of(error: str, errors: str | None) -> list[tuple[str, str]]:
    """List field and message of each; a call refused as a whole has its error code alone."""
    fields: dict[str, list[str]] = json.loads(errors or "null") or {}
    named = [
        (_fitting(field, FIELD), _fitting(message, MESSAGE))
        for field, messages in fields.items()
        for message in messages
    ]
    return named or [("", error)]


def _fitting(text: str, most: int) -> str:
    """Cut what somebody sent to what both databases can hold."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:most]


def _grains(source_id: UUID, partner_id: UUID) -> list[tuple[UUID, UUID]]:
    of_partner = [(EVERY, partner_id)] if partner_id != EVERY else []
    return [(source_id, partner_id), *of_partner, (EVERY, EVERY)]
