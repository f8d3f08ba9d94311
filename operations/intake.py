"""Intake: one call with a lead, from the credential to the answer, which is true once it is given.

The call is stored in one transaction, and answered after its commit. Whatever is decided about
a call whose credential is known is stored with it; nothing is stored where the answer is 500.
"""

import json
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache

from models import LeadState
from models.base import new_id
from models.statements import AlreadyWrittenError, Direct
from operations import idempotency, intake_rows
from operations.intake_answers import LARGEST_BODY, Answer, Refused, refusal
from operations.intake_entry import Entry
from operations.intake_known import Known
from operations.intake_limits import Limits
from operations.intake_parser import parse, reader_of
from operations.intake_rows import OutdatedError, Record, Visit
from operations.mapping_engine import Reading, reader
from operations.mapping_fields import STARTER, Field, from_json

#: Test leads with these addresses get these outcomes on purpose.
DUPLICATE_ON_PURPOSE = "duplicate@example.com"
REJECT_ON_PURPOSE = "reject@example.com"
REJECTED_ON_PURPOSE = "This address is rejected on purpose, to show how a rejection looks."
#: The starter mapping stands in no row.
MAPPING = "SELECT fields FROM field_mapping WHERE tenant_id = :tenant_id AND id = :id"
MAPPINGS_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it came; its body is read once its credential is known."""

    authorization: str
    address: str
    content_type: str
    idempotency_key: str
    partner_id: str
    #: Reads one byte more than a body may have.
    body: Callable[[], bytes]


class Intake:
    """Where leads are taken in: a database, and how often each source may call."""

    def __init__(self, direct: Direct, limits: Limits) -> None:
        self.direct = direct
        self.limits = limits
        self._known = Known(direct)
        # A published mapping never changes, so it may be kept by its identifier.
        self._mapping = lru_cache(MAPPINGS_KEPT)(self._load_mapping)

    def receive(self, call: Call) -> Answer:
        """Take one lead, or say why not."""
        visit = self._recalled(call)
        if visit is None or not self._is_within_limit(visit):
            return self._looked_up(call, visit, counted_by=None)
        by = visit.entry.rate_limit
        return self._taken_at_once(visit, call) or self._looked_up(call, visit, counted_by=by)

    def _recalled(self, call: Call) -> Visit | None:
        # A key is claimed in a transaction of several steps anyway.
        entry = None if call.idempotency_key else self._known.recall(call.authorization)
        return _visit(call, entry) if entry else None

    def _taken_at_once(self, visit: Visit, call: Call) -> Answer | None:
        """Take a lead by what is remembered; None where that is not true now, or no lead comes."""
        try:
            _admit(visit, call)
            record = self.read(visit)
            return None if record.decides is None else self._store(visit, record)
        except (Refused, OutdatedError):
            return None

    def _looked_up(self, call: Call, before: Visit | None, counted_by: int | None) -> Answer:
        """Look whose call it is, and store what is decided.

        It is counted again where the limit changed: so once for each key and process a call may
        count twice in the minute of the change, but none passes under the limit of before.
        """
        entry = self._known.find(call.authorization)
        if entry is None:
            return refusal(Refused("unauthorized"), new_id())
        visit = replace(before, entry=entry) if before else _visit(call, entry)
        try:
            # First, so that no call is stored without being counted.
            if counted_by != entry.rate_limit:
                self._count(visit)
            _admit(visit, call)
        except Refused as refused:
            record = intake_rows.rejection(self.direct, visit, refused)
            return self._store(visit, record)
        record = self.read(visit)
        if call.idempotency_key:
            return idempotency.once(self.direct, visit, call.idempotency_key, record)
        return self._store(visit, record)

    def _count(self, visit: Visit) -> None:
        self.limits.count(visit.entry.source_id, visit.entry.rate_limit, "leads")

    def _is_within_limit(self, visit: Visit) -> bool:
        with suppress(Refused):
            self._count(visit)
            return True
        return False

    def read(self, visit: Visit) -> Record:
        """Read the body by the source's mapping, into a lead or a rejection. Writes nothing."""
        try:
            payload = parse(visit.body, visit.content_type)
            fields = self._mapping(visit.entry.tenant_id, visit.entry.mapping_id)
            reading = reader(fields).read(payload)
            fixed = _fixed(visit.entry, fields, reading)
        except Refused as refused:
            return intake_rows.rejection(self.direct, visit, refused)
        return intake_rows.lead(self.direct, visit, reading, fixed)

    def _store(self, visit: Visit, record: Record) -> Answer:
        """Store a call once, however often it has to be sent."""
        try:
            return record.answer(self.direct.write_once(record.statements))
        except AlreadyWrittenError:
            return intake_rows.answer_of(self.direct, visit)

    def _load_mapping(self, tenant_id: int, mapping_id: uuid.UUID | None) -> tuple[Field, ...]:
        if mapping_id is None:
            return STARTER
        row = self.direct.read(MAPPING, {"tenant_id": tenant_id, "id": mapping_id})
        if row is None:
            raise LookupError(f"the mapping {mapping_id} is gone")
        return from_json(json.loads(row[0]) if isinstance(row[0], str) else row[0])


def _visit(call: Call, entry: Entry) -> Visit:
    return Visit(entry, call.address, call.content_type, call.body())


def _admit(visit: Visit, call: Call) -> None:
    """Refuse a call before what it says is looked at."""
    visit.entry.check_open()
    visit.entry.check_partner(call.partner_id)
    if len(visit.body) > LARGEST_BODY:
        raise Refused("body_too_large")
    reader_of(visit.content_type)


def _fixed(entry: Entry, fields: tuple[Field, ...], reading: Reading) -> LeadState | None:
    """Give a test the outcome that its address asks for. Raises Refused for fields at fault."""
    if errors := errors_of(fields, reading, is_test=entry.is_test):
        raise Refused("validation_failed", fields=errors)
    asks = entry.is_test and _email(reading) == DUPLICATE_ON_PURPOSE
    return LeadState.DUPLICATE if asks else None


def errors_of(fields: Iterable[Field], reading: Reading, *, is_test: bool) -> dict[str, list[str]]:
    """List what is wrong, by incoming name; a test may be rejected on purpose."""
    if reading.errors or not is_test or _email(reading) != REJECT_ON_PURPOSE:
        return reading.errors
    name = next((field.name for field in fields if field.to == "email"), "email")
    return {name: [REJECTED_ON_PURPOSE]}


def _email(reading: Reading) -> str:
    return str(reading.fields.get("email", "")).lower()
