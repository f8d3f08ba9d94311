"""Calls as the intake leaves them behind: a submission each, and its lead."""

from datetime import UTC, date, datetime
from typing import Any

from models import Lead, LeadState, Outcome, Partner, Source, Submission, db, next_seq, now
from models.base import new_id

TODAY = date(2026, 11, 20)
CREDENTIAL = new_id()


def call(
    source: Source,
    outcome: Outcome = Outcome.ACCEPTED,
    partner: Partner | None = None,
    day: date = TODAY,
    **values: Any,
) -> Submission:
    """Write one call, and its lead if it made one; worth 12.50 if it was accepted."""
    own = {
        "tenant_id": source.tenant_id,
        "id": new_id(),
        "source_id": source.id,
        "partner_id": partner.id if partner else None,
        "received_at": datetime(day.year, day.month, day.day, 12, 30, tzinfo=UTC),
        "day": day,
        "is_test": False,
        "payout_cents": 1250 if outcome is Outcome.ACCEPTED else 0,
    }
    own.update({name: value for name, value in values.items() if name in own})
    if own["is_test"]:
        own["payout_cents"] = 0
    others = {name: value for name, value in values.items() if name not in own}
    row = Submission(
        **own,
        seq=next_seq(source.tenant_id),
        credential_id=others.pop("credential_id", CREDENTIAL),
        outcome=outcome,
        status=422 if outcome is Outcome.REJECTED else 201,
        body=b"{}",
        answer="{}",
        **others,
    )
    db.session.add(row)
    if outcome in {Outcome.ACCEPTED, Outcome.DUPLICATE}:
        db.session.add(Lead(**own, state=LeadState(outcome), fields={}))
    db.session.flush()
    return row


def calls(times: int, *facts: Any, **values: Any) -> list[Submission]:
    """Write so many alike."""
    return [call(*facts, **values) for _ in range(times)]


def recently(**values: Any) -> dict[str, Any]:
    """Say of a call that it came just now, today in UTC."""
    moment = now()
    return {"received_at": moment, "day": moment.date(), **values}
