"""Recording what was done: one event per change, in the transaction of the change."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

from models import AuditEvent, db, now
from models.base import new_id
from models.bulk import insert_many
from policy import Actor

#: Attributes that say nothing or say too much; never copied into an event.
NEVER = frozenset(
    {"password_hash", "token_hash", "key_hash", "secret_hash", "name_key", "email_key", "version"}
)
NOTHING: Mapping[str, Any] = MappingProxyType({})


def record(  # noqa: PLR0913 - an event has this many parts
    actor: Actor,
    kind: str,
    subject: Any = None,  # noqa: ANN401 - any row with a public identifier
    *,
    name: str | None = None,
    partner_id: uuid.UUID | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    undoes: AuditEvent | None = None,
    deed_id: uuid.UUID | None = None,
) -> AuditEvent:
    """Append one event about `subject`.

    `partner_id` is the partner it concerns; taken from the subject when left out.
    """
    part = Part(kind, subject, name, partner_id, before or NOTHING, after or NOTHING, undoes)
    event = _event(actor, part)
    event.deed_id = deed_id
    db.session.add(event)
    db.session.flush()
    return event


def record_each(
    actor: Actor,
    kind: str,
    changes: Iterable[tuple[Any, dict[str, Any], dict[str, Any]]],
) -> list[AuditEvent]:
    """Append one event per (subject, before, after), each of which is undone by itself."""
    events = [
        _event(actor, Part(kind, subject, before=before, after=after))
        for subject, before, after in changes
    ]
    db.session.add_all(events)
    db.session.flush()
    return events


class Part(NamedTuple):
    """One event of a deed that was done to many."""

    kind: str
    subject: Any = None
    name: str | None = None
    partner_id: uuid.UUID | None = None
    before: Mapping[str, Any] = NOTHING
    after: Mapping[str, Any] = NOTHING
    undoes: AuditEvent | None = None


def record_many(actor: Actor, parts: Sequence[Part]) -> AuditEvent:
    """Append the events of one deed in one statement, and return the first of them.

    They share a `deed_id`, so that the deed is undone as a whole.
    """
    shared = {"at": now(), "deed_id": new_id(), **_by(actor)}
    # Most parts of a deed say the same before and after: once is enough.
    said = {id(one): one for part in parts for one in (part.before, part.after)}
    plain = {key: _plain(one) for key, one in said.items()}
    rows = [
        {
            "id": new_id(),
            **_about(part),
            "before": plain[id(part.before)],
            "after": plain[id(part.after)],
        }
        for part in parts
    ]
    insert_many(db.session, AuditEvent, rows, shared)
    return AuditEvent(**shared, **rows[0])


def _by(actor: Actor) -> dict[str, Any]:
    return {
        "tenant_id": actor.tenant_id,
        "actor_id": actor.membership_id,
        "actor_name": actor.name,
        "actor_email": actor.email,
        "actor_is_staff": actor.is_staff,
        "address": actor.address,
        "job_id": actor.job_id,
    }


def _event(actor: Actor, part: Part) -> AuditEvent:
    said = {"before": _plain(part.before), "after": _plain(part.after)}
    return AuditEvent(**_by(actor), **_about(part), **said)


def _about(part: Part) -> dict[str, Any]:
    subject = part.subject
    return {
        "kind": part.kind,
        "object_id": getattr(subject, "id", None),
        "object_public_id": getattr(subject, "public_id", ""),
        "object_name": part.name if part.name is not None else name_of(subject),
        "partner_id": part.partner_id or _partner_of(subject),
        "undoes_id": part.undoes.id if part.undoes else None,
    }


def name_of(subject: object) -> str:
    """What history calls a row; '' where it keeps no name of it."""
    named = getattr(subject, "user", subject)  # a member is called as the person is
    return str(getattr(named, "name", None) or getattr(named, "email", None) or "")


def _partner_of(subject: Any) -> uuid.UUID | None:  # noqa: ANN401
    if getattr(subject, "prefix", "") == "partner":
        return subject.id  # type: ignore[no-any-return]
    return getattr(subject, "partner_id", None)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON can hold it, without anything secret."""
    return {key: _plain_value(value) for key, value in values.items() if key not in NEVER}


def _plain_value(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
