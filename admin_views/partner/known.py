"""What the partner's dashboard knows of the partner before any figure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import abort
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
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
    Partner,
    Source,
    SourceStatus,
    db,
)
from models.base import Moment
from models.invite import expired_invites, failed_invites, open_invites
from operations import credentials, flows
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
    expired: int
    failed: int
    #: One of those that are silent, and the old key that closes next; None where there is none.
    silent_id: UUID | None
    silent_name: str | None
    silent_since: datetime | None
    closing_id: UUID | None
    closing_name: str | None
    closing_source: str | None
    closing_source_id: UUID | None
    closes_at: datetime | None


def of_partner(actor: Actor) -> Known:
    """Read what there is to know of the actor's partner, or answer 404."""
    values = {"partner_id": actor.partner_id, "moment": moment()}
    found = db.session.execute(FOUND, values).mappings().one_or_none() or abort(404)
    partner, rest = found["Partner"], {key: found[key] for key in found if key != "Partner"}
    by_status = db.session.execute(BY_STATUS).all()
    return Known(
        partner=partner,
        tenant=tenant_name(),
        sources={row.status: row.number for row in by_status},
        silent=sum(row.silent for row in by_status),
        **rest,
    )


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _invites() -> Select[int, int]:
    expired = _how_many(expired_invites(MOMENT)).label("expired")
    failed = _how_many(failed_invites()).label("failed")
    return select(expired, failed).select_from(Invite).where(open_invites())


def _first_silent() -> Select[Any]:
    first = select(
        Source.id.label("silent_id"),
        Source.name.label("silent_name"),
        flows.last_call().label("silent_since"),
    )
    return flows.longest(first, Flow.SILENT).limit(1)


def _first_closing() -> Select[Any]:
    """Find the old key that closes next."""
    first = select(
        Credential.id.label("closing_id"),
        Credential.name.label("closing_name"),
        credentials.END.label("closes_at"),
        Source.id.label("closing_source_id"),
        Source.name.label("closing_source"),
    )
    theirs = (credentials.closing(MOMENT), Source.deleted_at.is_(None))
    return first.join(Credential.source).where(*theirs).order_by(credentials.END).limit(1)


def _with(*parts: Select[*tuple[Any, ...]]) -> Select[Any]:
    """Find the partner, with what each part found beside it: any can be nothing.

    Planned anew for each: one has three sources, another fifty thousand.
    """
    rows: FromClause = Partner.__table__
    found = [part.subquery() for part in parts]
    for other in found:
        rows = rows.outerjoin(other, true())
    known = select(Partner, *found).select_from(rows).where(Partner.id == bindparam("partner_id"))
    return known.execution_options(planned_anew=True)


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
#: The partner, its open invites counted, a silent source and an old key named.
FOUND = _with(_invites(), _first_silent(), _first_closing())
