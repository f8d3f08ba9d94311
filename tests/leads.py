"""Leads and submissions as the intake would have written them, made directly for tests."""

import json
import secrets
import uuid
from datetime import UTC, datetime, time
from typing import Any

from models import (
    Credential,
    CredentialKind,
    FieldMapping,
    Lead,
    LeadState,
    Outcome,
    RejectionDay,
    Source,
    Submission,
    db,
    now,
)
from models.metric import EVERY
from models.sequence import next_seq
from tests.world import Side

FIELDS = {
    "first_name": "Jane",
    "last_name": "Doe",
    "email": "jane.doe@example.com",
    "phone": "+13125550142",
    "state": "IL",
}
STATUSES = {Outcome.ACCEPTED: 201, Outcome.DUPLICATE: 201, Outcome.REJECTED: 422}


def id_at(moment: datetime) -> uuid.UUID:
    """A UUIDv7 as it would have been made at that moment."""
    stamp = int(moment.timestamp() * 1000) << 80
    rest = 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return uuid.UUID(int=stamp | rest)


def lead_of(side: Side, source: Source, **values: Any) -> Lead:
    """Add a lead of the source's partner, accepted now unless said; `fields` may be partial."""
    at = _at(values)
    fields = {**FIELDS, **values.pop("fields", {})}
    counts = not values.get("is_test") and values.get("state") is not LeadState.DUPLICATE
    row = Lead(
        **{
            "id": values.pop("id", None) or id_at(at),
            "tenant_id": side.tenant.id,
            "source_id": source.id,
            "partner_id": source.partner_id,
            "received_at": at,
            "day": at.date(),
            "state": LeadState.ACCEPTED,
            "email": str(fields.get("email", "")),
            "phone": str(fields.get("phone", "")),
            "fields": fields,
            "extra": {},
            "payout_cents": 1250 if counts else 0,
            **values,
        }
    )
    db.session.add(row)
    db.session.flush()
    return row


def submission_of(side: Side, source: Source, **values: Any) -> Submission:
    """Add a call to the source, accepted now unless said; `payload` is what its body says."""
    at = _at(values)
    outcome = values.pop("outcome", Outcome.ACCEPTED)
    identifier = values.pop("id", None) or id_at(at)
    payload = values.pop("payload", FIELDS)
    errors = values.get("errors")
    row = Submission(
        **{
            "id": identifier,
            "tenant_id": side.tenant.id,
            "seq": next_seq(side.tenant.id),
            "source_id": source.id,
            "partner_id": source.partner_id,
            "credential_id": id_at(at),
            "received_at": at,
            "day": at.date(),
            "address": "198.51.100.7",
            "content_type": "application/json",
            "body": json.dumps(payload).encode(),
            "outcome": outcome,
            "status": STATUSES.get(outcome, 201),
            "answer": _answer(outcome, errors),
            "error": "validation_failed" if errors else "",
            **values,
        }
    )
    db.session.add(row)
    db.session.flush()
    return row


def received(side: Side, source: Source, **values: Any) -> Lead:
    """Add a lead together with the submission it came from."""
    lead = lead_of(side, source, **values)
    submission_of(
        side,
        source,
        id=lead.id,
        at=lead.received_at,
        day=lead.day,
        is_test=lead.is_test,
        outcome=Outcome.DUPLICATE if lead.state is LeadState.DUPLICATE else Outcome.ACCEPTED,
        payload=lead.fields,
        payout_cents=lead.payout_cents,
    )
    return lead


def named_lead(side: Side, source: Source, **values: Any) -> Lead:
    """Add a lead whose every text carries the marker of whose it is, with its submission."""
    mark = source.name
    fields = {
        "first_name": mark,
        "last_name": "Doe",
        "email": f"{mark}@mail.example",
        "note": f"{mark}-note",
    }
    return received(side, source, fields=fields, extra={"campaign": f"{mark}-campaign"}, **values)


def rejected(side: Side, source: Source, errors: dict[str, list[str]], **values: Any) -> Submission:
    """Add a call that was refused for these errors."""
    return submission_of(side, source, outcome=Outcome.REJECTED, errors=errors, **values)


def counted_rejections(
    side: Side, source: Source, field: str, message: str, calls: int, **values: Any
) -> None:
    """Add what the worker has counted, in its three grains."""
    day = values.get("day", now().date())
    partner_id = source.partner_id or EVERY
    for key in {(source.id, partner_id), (EVERY, partner_id), (EVERY, EVERY)}:
        db.session.add(
            RejectionDay(
                tenant_id=side.tenant.id,
                source_id=key[0],
                partner_id=key[1],
                day=day,
                field=field,
                message=message,
                calls=calls,
            )
        )
    db.session.flush()


def mapping_of(side: Side, source: Source, rows: list[dict[str, Any]], number: int = 1) -> None:
    """Publish a mapping for the source."""
    row = FieldMapping(
        tenant_id=side.tenant.id,
        source_id=source.id,
        number=number,
        fields=rows,
        published_at=now(),
        published_by_id=side.admin.id,
    )
    db.session.add(row)
    db.session.flush()
    db.session.merge(source).mapping_id = row.id
    db.session.flush()


def credential_of(side: Side, source: Source, name: str) -> Credential:
    """Add a credential that nobody knows the secret of."""
    row = Credential(
        tenant_id=side.tenant.id,
        source_id=source.id,
        name=name,
        kind=CredentialKind.BASIC,
        key=f"inf_live_{side.tenant.code}_{secrets.token_hex(6)}",
        secret_hash="0" * 64,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _at(values: dict[str, Any]) -> datetime:
    """When it came: `at`, or noon of the `day`, or now."""
    if "at" in values:
        return values.pop("at")
    if "day" in values:
        return datetime.combine(values["day"], time(12), UTC)
    return now()


def _answer(outcome: Outcome, errors: dict[str, list[str]] | None) -> str:
    if errors:
        return json.dumps({"error": "validation_failed", "fields": errors})
    return json.dumps({"status": outcome.value, "test": False})
