"""Undo of a job over many rows: the events that it left say what there is to take back.

Only what is still as the job left it: whatever somebody changed since stays, and is listed.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from models import AuditEvent, Job, db, now
from operations import assignments, audit, background, leads, memberships, partner_bulk
from operations.bulk_deed import Left
from operations.bulk_deeds import DEEDS
from operations.bulk_job import A_STEP, DONE, attempt, note
from operations.moved_since import Events, moved_since
from operations.refusal import Refusal
from operations.undo import WINDOW
from policy import Actor, only_looks

SINCE = "It was changed since."


@dataclass(frozen=True)
class Undo:
    """How the events of one kind are taken back."""

    kind: str
    back: Callable[[Actor, Events], object]


#: By the kind of the job that is taken back.
UNDO: dict[str, Undo] = {
    "partners.pause": Undo("partner.paused", partner_bulk.undo_pauses),
    "sources.unassign": Undo("source.unassigned", assignments.give_back),
    "leads.return": Undo("lead.returned", leads.undo_returns),
    "leads.take_back": Undo("lead.accepted_again", leads.undo_takings_back),
    "members.remove": Undo("member.removed", memberships.bring_back),
}
SUFFIX = ".undo"
KINDS = tuple(kind + SUFFIX for kind in UNDO)


def time_left(actor: Actor, job: Job) -> timedelta | None:
    """Tell how long this person may still undo this job; None where they may not."""
    if job.kind not in UNDO or job.asked_by_id != actor.membership_id or only_looks(actor):
        return None
    if job.ended_at is None or job.undo_id is not None or not job.result.get(DONE):
        return None
    left = job.ended_at + WINDOW - now()
    return left if left > timedelta() else None


def ask(actor: Actor, job: Job) -> Job:
    """Queue the undo of a job that has ended, once."""
    if time_left(actor, job) is None:
        raise Refusal("Undo is offered once, for ten minutes after the job has ended.")
    list_ = job.facts["list"]
    total = job.result[DONE]
    undo = background.ask(
        actor, job.kind + SUFFIX, total=total, job=str(job.id), list=list_, address=actor.address
    )
    claimed = update(Job).where(Job.id == job.id, Job.undo_id.is_(None)).values(undo_id=undo.id)
    if db.session.execute(claimed.returning(Job.id)).first() is None:
        raise Refusal("This was undone already.")
    after = {"list": list_, "rows": total}
    audit.record(actor, "job.undo_asked", undo, name=DEEDS[job.kind].title, after=after)
    return undo


def step(job: Job) -> bool:
    """Take the next events of the job back; says whether they were the last."""
    undone = job.kind.removesuffix(SUFFIX)
    undo, actor = UNDO[undone], background.standing(job, DEEDS[undone].needs)
    events = _next(job, undo.kind)
    left: Left = dict.fromkeys(moved_since(events), SINCE)
    by_id = {event.id: event for event in events}
    ids = [event.id for event in events if event.id not in left]
    left |= attempt(lambda some: undo.back(actor, [by_id[key] for key in some]), ids)
    note(job, [(event, event.object_public_id, event.object_name) for event in events], left)
    return len(events) < A_STEP


def _next(job: Job, kind: str) -> Events:
    query = select(AuditEvent).where(
        AuditEvent.job_id == uuid.UUID(job.facts["job"]), AuditEvent.kind == kind
    )
    if reached := job.cursor.get("after"):
        query = query.where(AuditEvent.id > uuid.UUID(reached))
    return db.session.scalars(query.order_by(AuditEvent.id).limit(A_STEP)).all()
