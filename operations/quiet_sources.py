"""Quiet sources: whose calls of the last hours are not what the four weeks before lead to expect.

The last complete hours are compared with the same hours of the same weekday in each of the four
weeks before. What those weeks had in common is their median; how much they differed is the median
of their distances from it, scaled as is usual for a normal distribution (1.4826, Hampel 1974),
and at least the square root of the median, by which even a steady flow of calls differs.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from statistics import median

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select, update
from sqlalchemy.orm import joinedload

from models import (
    CallHour,
    Flow,
    Membership,
    Partner,
    PartnerStatus,
    Scope,
    Source,
    SourceStatus,
    Tenant,
    across_tenants,
    db,
    now,
)
from models.tenancy import within
from operations import outbox
from operations.call_counts import hour

#: Hours that are compared: a few, and a whole day where a few are too quiet to say anything.
WINDOWS = (3, 24)
WEEKS = 4
#: Of fewer expected calls nothing can be said; where so many are expected, none is no accident.
EXPECTED = 5
#: So many deviations from the median are out of the ordinary.
FAR = 3
HAMPEL = 1.4826


@dataclass(frozen=True)
class Window:
    """The calls of one source in the last `hours`, and in those hours of the weeks before."""

    hours: int
    lately: int
    before: Sequence[int]

    @property
    def expected(self) -> float:
        """What the weeks before lead to expect."""
        return float(median(self.before))

    @property
    def flow(self) -> Flow:
        """How the last hours compare."""
        if self.lately == 0:
            return Flow.SILENT
        spread = HAMPEL * median(abs(calls - self.expected) for calls in self.before)
        far = FAR * max(spread, sqrt(self.expected))
        if self.lately < self.expected - far:
            return Flow.LATE
        return Flow.SURGING if self.lately > self.expected + far else Flow.NORMAL


def look() -> None:
    """Compare every tenant's sources with their past, note what changed, and mail it once."""
    with across_tenants(db.session):
        tenant_ids = db.session.scalars(select(Tenant.id).order_by(Tenant.id)).all()
    for tenant_id in tenant_ids:
        with within(db.session, Scope(tenant_id)):
            look_at(now())
            db.session.flush()


def look_at(moment: datetime) -> None:
    """Compare the sources of the session's tenant as of `moment`."""
    known = _calls(moment)
    unusual = [source_id for source_id, calls in known.items() if calls.flow is not Flow.NORMAL]
    for source in _concerned(unusual):
        calls = known.get(source.id)
        flow = _flow(source, calls)
        if flow is not source.flow and note(source, flow, moment):
            _tell(source, flow, calls)


def _flow(source: Source, calls: Window | None) -> Flow:
    """Tell how a source compares; one of which nothing can be said now stays as it was."""
    if not is_watched(source):
        return Flow.NORMAL
    return calls.flow if calls else source.flow


def _calls(moment: datetime) -> Mapping[uuid.UUID, Window]:
    """Read the calls of every source of which enough is known, by the shortest window that says."""
    end = hour(moment)
    weeks = [end - timedelta(weeks=week) for week in range(WEEKS + 1)]
    sums = [
        func.sum(case((_within(week, hours), CallHour.calls), else_=0))
        for hours in WINDOWS
        for week in weeks
    ]
    any_week = or_(*(_within(week, WINDOWS[-1]) for week in weeks))
    rows = db.session.execute(
        select(CallHour.source_id, *sums).where(any_week).group_by(CallHour.source_id)
    )
    known = ((row[0], _telling(row)) for row in rows)
    return {source_id: calls for source_id, calls in known if calls}


def _within(end: datetime, hours: int) -> ColumnElement[bool]:
    return and_(CallHour.hour >= end - timedelta(hours=hours), CallHour.hour < end)


def _telling(row: Row[*tuple[object, ...]]) -> Window | None:
    numbers = [int(str(number)) for number in row[1:]]
    for place, hours in enumerate(WINDOWS):
        lately, *before = numbers[place * (WEEKS + 1) : (place + 1) * (WEEKS + 1)]
        calls = Window(hours, lately, before)
        if calls.expected >= EXPECTED:
            return calls
    return None


def _concerned(unusual: Sequence[uuid.UUID]) -> Sequence[Source]:
    """Sources that are out of the ordinary, or were."""
    query = (
        select(Source)
        .where(or_(Source.id.in_(unusual), Source.flow != Flow.NORMAL))
        .options(joinedload(Source.partner))
        .order_by(Source.id)
    )
    return db.session.scalars(query).all()


def is_watched(source: Source) -> bool:
    """Whether calls are expected of it at all: it is live, and its partner works."""
    is_live = source.deleted_at is None and source.status is SourceStatus.LIVE
    return is_live and (source.partner is None or source.partner.status is PartnerStatus.ACTIVE)


def note(source: Source, flow: Flow, moment: datetime) -> bool:
    """Write how it compares now; says no where another worker was quicker."""
    noted = db.session.execute(
        update(Source)
        .where(Source.id == source.id, Source.flow == source.flow)
        .values(flow=flow, flow_since=moment)
        .returning(Source.id)
        .execution_options(synchronize_session=False)
    )
    return noted.first() is not None


def _tell(source: Source, flow: Flow, calls: Window | None) -> None:
    """Mail the partner's account manager, once for each change."""
    manager = _manager(source.partner)
    if source.partner is None or manager is None or calls is None or not is_watched(source):
        return
    outbox.write(
        "source_flow",
        manager.user,
        partner_id=source.partner.id,
        source=source.name,
        partner=source.partner.name,
        flow=flow.value,
        hours=calls.hours,
        lately=calls.lately,
        expected=round(calls.expected),
        link=f"/admin/sources/{source.public_id}/",
    )


def _manager(partner: Partner | None) -> Membership | None:
    if partner is None or partner.account_manager_id is None:
        return None
    query = select(Membership).where(
        Membership.id == partner.account_manager_id, Membership.removed_at.is_(None)
    )
    return db.session.scalar(query.options(joinedload(Membership.user)))
