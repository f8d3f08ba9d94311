"""What the partner's dashboard knows of the partner before any figure: read in three statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import abort
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    case,
    func,
    select,
    true,
)

from admin_views.frame import moment
from models import (
    Credential,
    Flow,
    Invite,
    Letter,
    Membership,
    Partner,
    Role,
    Source,
    SourceStatus,
    db,
)
from models.base import Moment
from models.invite import expired_invites, open_invites
from operations import credentials, flows, rotation_calls
from policy import Actor
from visitor import tenant_name

MOMENT: BindParameter[Any] = bindparam("moment", type_=Moment())


@dataclass(frozen=True)
class Known:
    """The partner, and what its people could be told to do next."""

    partner: Partner
    tenant: str
    sources: dict[SourceStatus, int]
    silent: int
    users: int
    admins: int
    expired: int
    failed: int
    #: One of those that are silent, and the old key that closes next; None where there is none.
    silent_id: UUID | None
    silent_name: str | None
    silent_since: datetime | None
    closing_id: UUID | None
    closing_name: str | None
    closing_source: str | None
    closes_at: datetime | None
    #: Calls of late with that key, and with its successor.
    with_old: int | None
    with_new: int | None


def of_partner(actor: Actor) -> Known:
    """Read what there is to know of the actor's partner, or answer 404."""
    partner = db.session.scalar(select(Partner).where(Partner.id == actor.partner_id))
    by_status = db.session.execute(BY_STATUS).all()
    return Known(
        partner=partner or abort(404),
        tenant=tenant_name(),
        sources={row.status: row.number for row in by_status},
        silent=sum(row.silent for row in by_status),
        **_found(),
    )


def _found() -> Mapping[str, Any]:
    values = {"moment": moment(), **rotation_calls.late()}
    return db.session.execute(FOUND, values).mappings().one()


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _people() -> Select[Any]:
    admins = _how_many(Membership.role == Role.PARTNER_ADMIN).label("admins")
    members = select(func.count().label("users"), admins).select_from(Membership)
    return members.where(Membership.removed_at.is_(None))


def _invites() -> Select[Any]:
    expired = _how_many(expired_invites(MOMENT)).label("expired")
    failed = _how_many(Letter.failed_at.is_not(None)).label("failed")
    sent = select(expired, failed).select_from(Invite).outerjoin(Invite.letter)
    return sent.where(open_invites())


def _first_silent() -> Select[Any]:
    first = select(
        Source.id.label("silent_id"),
        Source.name.label("silent_name"),
        flows.last_call().label("silent_since"),
    )
    return flows.longest(first, Flow.SILENT).limit(1)


def _first_closing() -> Select[Any]:
    """Find the old key that closes next, and the calls of late with it and its successor."""
    with_old, with_new = rotation_calls.with_both()
    first = select(
        Credential.name.label("closing_name"),
        credentials.END.label("closes_at"),
        Source.id.label("closing_id"),
        Source.name.label("closing_source"),
        with_old.label("with_old"),
        with_new.label("with_new"),
    )
    theirs = (credentials.closing(MOMENT), Source.deleted_at.is_(None))
    return first.join(Credential.source).where(*theirs).order_by(credentials.END).limit(1)


def _in_one_row(*parts: Select[Any]) -> Select[Any]:
    """Put them beside each other; of the later ones any can be missing."""
    first, *others = (part.subquery() for part in parts)
    rows = first
    for other in others:
        rows = rows.outerjoin(other, true())
    return select(first, *others).select_from(rows)


#: How many sources there are of each status, and how many of them are silent; built once.
BY_STATUS = (
    select(
        Source.status,
        func.count().label("number"),
        _how_many(flows.of_flow(Flow.SILENT)).label("silent"),
    )
    .where(Source.deleted_at.is_(None))
    .group_by(Source.status)
)
#: People and open invites counted, a silent source and an old key named; built once too.
FOUND = _in_one_row(_people(), _invites(), _first_silent(), _first_closing())
