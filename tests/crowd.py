"""A crowd: many rows of everything on one side of the world, for what must not grow with them."""

import uuid
from datetime import timedelta

from sqlalchemy import Connection, insert, select

from models import (
    Assignment,
    AuditEvent,
    Credential,
    CredentialKind,
    FileImport,
    ImportRow,
    Invite,
    Job,
    Lead,
    LeadState,
    Letter,
    Membership,
    Outcome,
    Partner,
    PartnerStatus,
    Role,
    RowOutcome,
    Source,
    SourceStatus,
    SpecificationLink,
    Submission,
    User,
    now,
)
from models.base import key_of, new_id
from tests.world import HASH, Side

#: The partner's own sources are numbered from here.
OWNED = 10_000


def gather(connection: Connection, side: Side, number: int, after: int = 0) -> None:
    """Add so many partners, sources, people, keys, invites, jobs, events, half the partner's.

    `after` is how many were added before.
    """
    numbers = range(after, after + number)
    partners = [_partner(side, n) for n in numbers]
    _insert(connection, Partner, partners)
    _insert(connection, Source, [_source(side, n) for n in numbers])
    sources = [_source(side, OWNED + n, side.partner.id) for n in numbers]
    _insert(connection, Source, sources)
    _insert(connection, Assignment, [_assignment(side, source) for source in sources])
    people = [_user(side, n) for n in numbers]
    _insert(connection, User, people)
    _insert(connection, Membership, [_member(side, person, n) for n, person in enumerate(people)])
    _insert(connection, Credential, [_credential(side, n) for n in numbers])
    _insert(connection, SpecificationLink, [_link(side) for _ in numbers])
    _invite_all(connection, side, numbers)
    _insert(connection, AuditEvent, [_event(side, n) for n in numbers])
    _insert(connection, Job, [job for _ in numbers for job in _jobs(side)])
    _answer(connection, side, numbers)
    calls = [_call(side, n) for n in numbers]
    _insert(connection, Submission, [_submission(call, n) for n, call in enumerate(calls)])
    _insert(connection, Lead, [_lead(side, call, n) for n, call in enumerate(calls)])


def _insert(connection: Connection, model: type, rows: list[dict[str, object]]) -> None:
    connection.execute(insert(model.__table__), rows)  # type: ignore[attr-defined]


def _jobs(side: Side) -> list[dict[str, object]]:
    """One that staff asked for, and one of the partner's people."""
    ended = {"kind": "invites.resend", "done": 7, "total": 7, "finished_at": now()}
    theirs = {"partner_id": side.partner.id, "asked_by_id": side.partner_admin.id}
    return [
        _own(side, **ended, partner_id=None, asked_by_id=side.admin.id),
        _own(side, **ended, **theirs),
    ]


def _own(side: Side, **values: object) -> dict[str, object]:
    return {"tenant_id": side.tenant.id, "id": new_id(), **values}


def _named(side: Side, name: str, **values: object) -> dict[str, object]:
    return _own(side, name=name, name_key=key_of(name), **values)


def _partner(side: Side, n: int) -> dict[str, object]:
    return _named(
        side,
        f"{side.marker}-crowd Lead Generation {n:05}",
        status=PartnerStatus.PAUSED if n % 7 == 0 else PartnerStatus.ACTIVE,
        account_manager_id=side.support.id,
    )


def _source(side: Side, n: int, partner_id: object = None) -> dict[str, object]:
    return _named(
        side,
        f"{side.marker}-crowd Auto Insurance Form {n:05}",
        vertical="Auto insurance",
        status=SourceStatus.LIVE,
        partner_id=partner_id,
    )


def _assignment(side: Side, source: dict[str, object]) -> dict[str, object]:
    return _own(side, source_id=source["id"], partner_id=side.partner.id, began_by_id=side.admin.id)


def _user(side: Side, n: int) -> dict[str, object]:
    name, email = f"{side.marker}-crowd Person {n:05}", f"{side.marker}-crowd-{n}@mail.example"
    return {
        "id": new_id(),
        "email": email,
        "email_key": key_of(email),
        "name": name,
        "search_key": key_of(f"{name} {email}"),
        "password_hash": HASH,
    }


def _member(side: Side, person: dict[str, object], n: int) -> dict[str, object]:
    is_staff = n % 3 == 0
    return _own(
        side,
        user_id=person["id"],
        role=Role.SALES if is_staff else Role.PARTNER_USER,
        partner_id=None if is_staff else side.partner.id,
        invited_by_id=side.admin.user_id,
    )


def _credential(side: Side, n: int) -> dict[str, object]:
    return _own(
        side,
        source_id=side.source.id,
        name=f"{side.marker}-crowd Landing pages {n:05}",
        kind=CredentialKind.BASIC,
        key=f"inf_live_{side.tenant.code}_{n:012}",
        secret_hash="",
        created_by_id=side.partner_admin.id,
    )


def _link(side: Side) -> dict[str, object]:
    return _own(
        side,
        source_id=side.source.id,
        created_by_id=side.admin.id,
        expires_at=now() + timedelta(days=7),
    )


def _letter(side: Side, n: int) -> dict[str, object]:
    return _own(
        side,
        kind="invite",
        to_email=f"{side.marker}-crowd-invitee-{n}@mail.example",
        failed_at=now() if n % 9 == 0 else None,
        sent_at=None if n % 9 == 0 else now(),
        answer="550 5.1.1 There is nobody of this name here" if n % 9 == 0 else "",
    )


def _invite(side: Side, letter: dict[str, object]) -> dict[str, object]:
    return _own(
        side,
        email=letter["to_email"],
        email_key=key_of(str(letter["to_email"])),
        role=Role.PARTNER_USER,
        partner_id=side.partner.id,
        letter_id=letter["id"],
        sent_by_id=side.admin.id,
        expires_at=now() + timedelta(days=7),
    )


def _event(side: Side, n: int) -> dict[str, object]:
    return _own(
        side,
        actor_id=side.admin.id,
        actor_name=side.admin.user.name,
        kind="partner.edited",
        object_id=side.partner.id,
        object_public_id=side.partner.public_id,
        object_name=side.partner.name,
        partner_id=side.partner.id,
        before={"website": f"https://{n}.example"},
        after={"website": f"https://{n + 1}.example"},
    )


def _invite_all(connection: Connection, side: Side, numbers: range) -> None:
    letters = [_letter(side, n) for n in numbers]
    _insert(connection, Letter, letters)
    _insert(connection, Invite, [_invite(side, letter) for letter in letters])


def _answer(connection: Connection, side: Side, numbers: range) -> None:
    """Add rows to the files that are imported on this side."""
    files = select(FileImport.id).where(FileImport.tenant_id == side.tenant.id)
    for file_id in connection.scalars(files).all():
        _insert(connection, ImportRow, [_row(side, file_id, n) for n in numbers])


def _row(side: Side, file_id: uuid.UUID, n: int) -> dict[str, object]:
    return _own(
        side,
        import_id=file_id,
        number=n + 10,
        name=f"{side.marker}-crowd row {n:05}",
        name_key=f"{side.marker}-crowd row {n:05}",
        cells=[f"{side.marker}-crowd row {n:05}", ""],
        outcome=RowOutcome.CHANGED if n % 3 else RowOutcome.REFUSED,
        remarks=[["Phone", "“+1 312 555 0148” becomes “+1 312 555 0149”"]],
        object_id=side.partner.id,
        is_done=False,
    )


def _call(side: Side, n: int) -> dict[str, object]:
    """What a submission and its lead have in common."""
    return _own(
        side,
        source_id=side.source.id,
        partner_id=side.partner.id,
        received_at=now(),
        day=now().date(),
        is_test=n % 11 == 0,
        payout_cents=1250,
    )


def _submission(call: dict[str, object], n: int) -> dict[str, object]:
    is_rejected = n % 3 == 0
    return {
        **call,
        "seq": 0,
        "credential_id": call["source_id"],
        "body": b'{"email": "somebody"}',
        "content_type": "application/json",
        "address": "198.51.100.7",
        "outcome": Outcome.REJECTED if is_rejected else Outcome.ACCEPTED,
        "status": 422 if is_rejected else 201,
        "answer": "{}",
        "error": "validation_failed" if is_rejected else "",
        "errors": {f"field_{n % 40}": ["Required, and not sent."]} if is_rejected else None,
    }


def _lead(side: Side, call: dict[str, object], n: int) -> dict[str, object]:
    email = f"{side.marker}-crowd-lead-{n}@mail.example"
    return {
        **call,
        "state": LeadState.RETURNED if n % 5 == 0 else LeadState.ACCEPTED,
        "email": email,
        "phone": f"+1312555{n:04}",
        "fields": {"first_name": f"{side.marker}-crowd", "last_name": f"{n}", "email": email},
        "extra": {},
        "return_reason": "",
    }
