"""The demo's leads: ninety days of calls, taken in by the operations that take real ones."""

import base64
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random

from sqlalchemy import select, update

from demo.scene import Scene, Step
from demo.traffic import Traffic
from models import (
    Assignment,
    AuditEvent,
    Credential,
    Lead,
    LeadState,
    Scope,
    Source,
    SourceStatus,
    Submission,
    db,
)
from models.direct_session import in_session
from models.tenancy import within
from operations import intake_entry, intake_rows, issuing, leads
from operations.intake import Intake
from operations.intake_answers import Refused
from operations.intake_entry import Entry
from operations.intake_limits import Limits
from operations.intake_rows import Record, Visit
from policy import Actor

DAYS = 90
#: Every step of the demo's progress loads so many days.
A_STEP = 9
#: One source that fell silent, and one whose form was changed, by their place among the live ones.
SILENT, MISTAKEN = 1, 2
SILENT_FOR, MISTAKEN_FOR = timedelta(days=2), timedelta(days=6)
#: For so long it is refused before somebody turns it off.
GIVES_UP = timedelta(hours=20)
#: Calls on an ordinary day: the first few sources are busy, others less so.
BUSY, OTHERS = 24, 3.2
RETURNED = 90
REASONS = (
    "The phone number belongs to somebody else.",
    "Asked for no quote.",
    "Lives outside the states that we serve.",
)
PAYOUTS = (950, 1250, 1800, 2400, 3500)


@dataclass
class Caller:
    """One source with its credential, as it calls; and whom it was with, and when."""

    traffic: Traffic
    entry: Entry
    periods: Sequence[Assignment]
    #: When partners were paused or archived, and which of both.
    stopped: Mapping[uuid.UUID | None, tuple[datetime, str]]

    def entry_at(self, moment: datetime) -> Entry:
        """Tell what the intake would have known at that moment."""
        partner_id = next((one.partner_id for one in self.periods if _covers(one, moment)), None)
        stopped, how = self.stopped.get(partner_id, (moment, "active"))
        status = "active" if moment < stopped else how
        # Noted once at the end: every call would leave another version of its credential's row.
        return replace(self.entry, partner_id=partner_id, partner_status=status, is_unseen=False)


def steps() -> Sequence[Step]:
    """Load the calls a few days at a time, so that there is progress to show."""
    spans = [
        partial(_add_calls, begin=begin, end=begin - A_STEP) for begin in range(DAYS, 0, -A_STEP)
    ]
    return (add_keys, *spans, note_uses, return_some)


def add_keys(scene: Scene) -> None:
    """Give every source that calls a credential, and its payout."""
    db.session.flush()
    calling = [source for source in scene.sources if source.status is not SourceStatus.PAUSED]
    direct = in_session(db.session)
    for place, source in enumerate(calling):
        source.payout_cents = PAYOUTS[place % len(PAYOUTS)]
        actor = scene.actor(scene.staff[0])
        issued = issuing.add(actor, source, issuing.Choice("Website"))
        issued.credential.created_at = source.created_at
        db.session.flush()
        key = f"{issued.credential.key}:{issued.secret}".encode()
        entry = intake_entry.find(direct, f"Basic {base64.b64encode(key).decode()}")
        if entry is not None:
            scene.callers.append(_caller(scene, place, source, entry))


def _caller(scene: Scene, place: int, source: Source, entry: Entry) -> Caller:
    traffic = Traffic(
        dice=Random(place),  # noqa: S311 - for names and dates, never for a secret
        calls=BUSY if place < len(PAYOUTS) else OTHERS,
        begins=max(source.created_at, scene.clock.ago(scene.sizes.days)),
        ends=_end(scene, place, source),
        mistaken_from=scene.clock.present - MISTAKEN_FOR if place == MISTAKEN else None,
    )
    own = select(Assignment).where(Assignment.source_id == source.id)
    return Caller(traffic, entry, db.session.scalars(own).all(), scene.stopped)


def _end(scene: Scene, place: int, source: Source) -> datetime:
    """Tell when its system calls no more: a while after its partner was stopped it gives up."""
    if source.partner_id in scene.stopped:
        return scene.stopped[source.partner_id][0] + GIVES_UP
    return scene.clock.present - (SILENT_FOR if place == SILENT else timedelta())


def _covers(period: Assignment, moment: datetime) -> bool:
    ended = period.ended_at
    return period.began_at <= moment and (ended is None or moment < ended)


def _add_calls(scene: Scene, begin: float, end: float) -> None:
    """Take in what every source sent in these days, in the order of time."""
    direct = in_session(db.session)
    intake = Intake(direct, Limits("memory://"))
    begin, end = (day * scene.sizes.days / DAYS for day in (begin, end))
    sent = [
        (moment, body, caller)
        for caller in scene.callers
        for moment, body in caller.traffic.between(scene.clock.ago(begin), scene.clock.ago(end))
    ]
    for moment, body, caller in sorted(sent, key=lambda call: call[0]):
        visit = Visit(
            entry=caller.entry_at(moment),
            address=f"198.51.100.{caller.traffic.dice.randint(2, 250)}",
            content_type="application/json",
            body=body,
            id=scene.clock.id_at(moment),
            at=moment,
        )
        direct.write(_decided(intake, visit).statements)


def _decided(intake: Intake, visit: Visit) -> Record:
    """Refuse what is paused before it is read, as the intake does."""
    try:
        visit.entry.check_open()
    except Refused as refused:
        return intake_rows.rejection(intake.direct, visit, refused)
    return intake.read(visit)


def note_uses(scene: Scene) -> None:
    """Say of every credential when it was last used, and from where."""
    for caller in scene.callers:
        own = Submission.credential_id == caller.entry.credential_id
        query = select(Submission.received_at, Submission.address).where(own)
        last = db.session.execute(query.order_by(Submission.id.desc()).limit(1)).first()
        if last is not None:
            db.session.execute(
                update(Credential)
                .where(Credential.id == caller.entry.credential_id)
                .values(last_used_at=last.received_at, last_used_from=last.address)
                .execution_options(synchronize_session=False)
            )


def return_some(scene: Scene) -> None:
    """Let staff have marked some leads as returned."""
    actor: Actor = scene.actor(scene.staff[0])
    with within(db.session, Scope(scene.tenant.id)):
        taken = select(Lead).where(Lead.state == LeadState.ACCEPTED, ~Lead.is_test)
        found = db.session.scalars(taken.order_by(Lead.email).limit(RETURNED)).all()
        for place, reason in enumerate(REASONS):
            if chosen := found[place :: len(REASONS)]:
                _date_back(scene, leads.mark_returned(actor, chosen, reason), 4 + 5 * place)


def _date_back(scene: Scene, event: AuditEvent, days: int) -> None:
    """Let a deed on many leads look as it would have, done so many days ago."""
    parts = select(AuditEvent).where(AuditEvent.deed_id == event.deed_id)
    for part in db.session.scalars(parts):
        moment = scene.clock.between(days + 1, days)
        db.session.execute(
            update(AuditEvent)
            .where(AuditEvent.id == part.id)
            .values(id=scene.clock.id_at(moment), at=moment)
            .execution_options(synchronize_session=False)
        )
