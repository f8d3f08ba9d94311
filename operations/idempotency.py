"""Idempotency keys: the same key with the same body gets the first answer again, for 24 hours.

A key is claimed in the transaction that stores its call. A second call with it waits for the
first to end, briefly on PostgreSQL and in the writers' queue on SQLite.
"""

import hashlib
from datetime import timedelta

from models import Outcome
from models.statements import Direct, Row, StillHeldError
from operations.intake_answers import Answer, Refused, refusal
from operations.intake_rows import Record, Visit, answered

REMEMBERED = timedelta(hours=24)
#: A first call ends within milliseconds; this is for the caller's clock.
TRY_AGAIN = 1

CLAIM = """
INSERT INTO idempotency_key
  (tenant_id, id, source_id, partner_id, key_hash, body_hash, received_at)
VALUES (:tenant_id, :id, :source_id, :partner_id, :key_hash, :body_hash, :received_at)
ON CONFLICT (tenant_id, source_id, key_hash) DO UPDATE
SET id = excluded.id, partner_id = excluded.partner_id, body_hash = excluded.body_hash,
    received_at = excluded.received_at
WHERE idempotency_key.received_at < :expired
RETURNING id
"""
FIRST = """
SELECT k.body_hash, s.status, s.answer
FROM idempotency_key k JOIN submission s ON s.tenant_id = k.tenant_id AND s.id = k.id
WHERE k.tenant_id = :tenant_id AND k.source_id = :source_id AND k.key_hash = :key_hash
"""


def once(direct: Direct, visit: Visit, key: str, record: Record) -> Answer:
    """Store a call unless its key stands for another one already."""
    body_hash = _digest(visit.body)
    values = visit.values() | {
        "key_hash": _digest(key.encode()),
        "body_hash": body_hash,
        "expired": visit.at - REMEMBERED,
    }
    try:
        with direct.transaction() as run:
            if run([(CLAIM, values)])[0]:
                return record.answer(run(record.statements))
            again = _repeated(direct, visit, body_hash, run([(FIRST, values)])[0])
            return again.answer(run(again.statements))
    except StillHeldError:
        again = _still_running(direct, visit)
        return again.answer(direct.write(again.statements))


def _repeated(direct: Direct, visit: Visit, body_hash: str, first: Row | None) -> Record:
    if first is None:  # removed between the two statements: its day was over
        return _still_running(direct, visit)
    first_hash, status, body = first
    if first_hash != body_hash:
        refused = Refused("idempotency_key_reused")
        return answered(direct, visit, refusal(refused, visit.id), refused, Outcome.REJECTED)
    return answered(direct, visit, Answer(status, body).replayed(), None, Outcome.REPEATED)


def _still_running(direct: Direct, visit: Visit) -> Record:
    """Counts nowhere: the caller will ask again."""
    refused = Refused("idempotency_key_in_use").wait(TRY_AGAIN)
    return answered(direct, visit, refusal(refused, visit.id), refused, Outcome.REPEATED)


def _digest(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()
