"""The rows that a call leaves: its submission, its lead, and when its credential was used."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from models import LeadState, Outcome
from models.base import new_id, now
from models.statements import Direct, Row, Statement
from operations import duplicates
from operations.intake_answers import LARGEST_BODY, Answer, Refused, refusal, taken
from operations.intake_entry import TOUCH_EVERY, Entry
from operations.intake_known import STILL_SEEN
from operations.intake_sql import COMPARED_LEAD, LEAD, REJECTED, TOUCHED, storing
from operations.mapping_engine import Reading

LONGEST_TYPE = 200
ANSWER = "SELECT status, answer FROM submission WHERE tenant_id = :tenant_id AND id = :id"


@dataclass(frozen=True, slots=True)
class Visit:
    """One call at an open door: whose it is, what it brought, and the name it has from now on."""

    entry: Entry
    address: str
    content_type: str
    body: bytes
    id: uuid.UUID = field(default_factory=new_id)
    at: datetime = field(default_factory=now)

    def values(self) -> dict[str, Any]:
        """Give the columns that the rows of a call have in common."""
        entry = self.entry
        return {
            "tenant_id": entry.tenant_id,
            "id": self.id,
            "source_id": entry.source_id,
            "partner_id": entry.partner_id,
            "credential_id": entry.credential_id,
            "received_at": self.at,
            "day": self.at.astimezone(ZoneInfo(entry.time_zone)).date(),
            "address": self.address,
            "content_type": self.content_type[:LONGEST_TYPE].replace("\0", ""),
            "body": self.body[:LARGEST_BODY],
            "is_test": entry.is_test,
        }


@dataclass(frozen=True, slots=True)
class Record:
    """What is written for a call, and which answer the state of its lead makes."""

    statements: list[Statement]
    answers: Mapping[str, Answer]
    #: Which statement tells the state; none where there is no lead.
    decides: int | None = None

    def answer(self, rows: Sequence[Row | None]) -> Answer:
        """Choose the answer by what was written. Raises OutdatedError."""
        if self.decides is None:
            return self.answers[""]
        row = rows[self.decides]
        if row is None:
            raise OutdatedError
        return self.answers[row[0]]


class OutdatedError(Exception):
    """What was remembered of a credential is not true now; nothing was written."""


def rejection(direct: Direct, visit: Visit, refused: Refused) -> Record:
    """Record a call that is not taken. One too many leaves no body: else it would fill the disk."""
    if refused.code == "rate_limited":
        visit = replace(visit, body=b"")
    answer = refusal(refused, visit.id)
    return answered(direct, visit, answer, refused, Outcome.REJECTED)


def answered(
    direct: Direct, visit: Visit, answer: Answer, why: Refused | None, outcome: Outcome
) -> Record:
    """Record a call that makes no lead."""
    values = visit.values() | {
        "outcome": outcome.value,
        "status": answer.status,
        "answer": answer.body,
        "error": why.code if why else "",
        "errors": json.dumps(why.fields) if why and why.fields else None,
    }
    insert = (REJECTED.format(seq=direct.next_seq), values)
    return Record([insert, *_touch(direct, visit)], {"": answer})


def lead(direct: Direct, visit: Visit, reading: Reading, fixed: LeadState | None) -> Record:
    """Record a lead: `fixed` is the state that its address asks for, else the rule decides."""
    entry = visit.entry
    bodies = {state: taken(visit.id, state, is_test=entry.is_test) for state in STATES}
    values = visit.values() | {
        "email_key": duplicates.email_key(reading.fields),
        "phone_key": duplicates.phone_key(reading.fields),
        "fields": json.dumps(reading.fields),
        "extra": json.dumps(reading.extra),
        "payout_cents": 0 if entry.is_test or fixed else entry.payout_cents,
        "state": (fixed or LeadState.ACCEPTED).value,
        "as_accepted": bodies["accepted"],
        "as_duplicate": bodies["duplicate"],
    }
    search = None if fixed else _search(visit, reading)
    held = direct.holding(search.names) if search else []
    condition = STILL_SEEN if entry.as_seen else "1 = 1"
    insert = COMPARED_LEAD if search else LEAD
    insert = insert.format(original=search.sql if search else "", condition=condition)
    values |= {**(search.values if search else {}), **(entry.as_seen or {})}
    both = storing(insert, direct.next_seq, is_joined=direct.joins_writes)
    written = [(statement, values) for statement in both]
    answers = {state: Answer(201, body) for state, body in bodies.items()}
    return Record([*held, *written, *_touch(direct, visit)], answers, decides=len(held))


def answer_of(direct: Direct, visit: Visit) -> Answer:
    """Give the answer that a call was stored with."""
    return Answer(*cast("Row", direct.read(ANSWER, visit.values())))


STATES = (LeadState.ACCEPTED.value, LeadState.DUPLICATE.value)


def _search(visit: Visit, reading: Reading) -> duplicates.Search | None:
    entry = visit.entry
    rule, days = entry.duplicate_fields, entry.duplicate_days
    return duplicates.search(entry.tenant_id, rule, days, visit.at, reading.fields)


def _touch(direct: Direct, visit: Visit) -> list[Statement]:
    """Note that the credential was used; nobody waits for it."""
    if not visit.entry.is_unseen:
        return []
    values = visit.values() | {"stale": visit.at - TOUCH_EVERY}
    return [(TOUCHED.format(skip_locked=direct.skip_locked), values)]
