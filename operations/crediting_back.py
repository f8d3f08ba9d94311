"""Crediting what came between an unassign and its undo: the assignment never ended after all."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from models import Assignment, Job, Lead, Partner, db, now
from models.among import among
from models.base import first_id
from operations import audit, background, crediting
from policy import Actor

KIND = "leads.credit_back"
#: A call that was on its way came before, by its own clock; it is stored by then.
ON_ITS_WAY = timedelta(minutes=1)


def ask(actor: Actor, assignment_ids: Sequence[uuid.UUID]) -> None:
    """Queue the crediting of what came since these assignments ended.

    Asked before they are resumed: afterwards nothing says when they had ended. It begins once the
    calls that still found their source with nobody are stored.
    """
    ended = db.session.execute(
        select(Assignment.id, Assignment.began_at, Assignment.ended_at)
        .where(among(db.session, Assignment.id, assignment_ids))
        .order_by(Assignment.id)
    ).all()
    parts = [
        [str(row.id), max(row.began_at, row.ended_at - ON_ITS_WAY).isoformat()] for row in ended
    ]
    background.ask(actor, KIND, total=len(parts), due_at=now() + ON_ITS_WAY, parts=parts)


def done_by() -> datetime | None:
    """Tell when what is still to be credited back will have been: others' credit comes after it."""
    waiting = (Job.kind == KIND, background.is_open())
    due_at = db.session.scalar(select(func.max(Job.due_at)).where(*waiting))
    return due_at and due_at + ON_ITS_WAY


def step(job: Job) -> bool:
    """Credit the next leads of the source at hand; they and the figures move together."""
    actor = background.actor_of(job)
    identifier, since = job.facts["parts"][job.done]
    assignment = db.session.get_one(Assignment, (job.tenant_id, uuid.UUID(identifier)))
    ids = _next(job, assignment, datetime.fromisoformat(since))
    credited = crediting.credit(actor, assignment.partner_id, ids)
    job.cursor = {name: job.cursor.get(name, 0) + credited for name in ("leads", "in_all")}
    if len(ids) == crediting.A_STEP:
        return False
    return _finish_source(actor, job, assignment.partner_id)


def _next(job: Job, assignment: Assignment, since: datetime) -> list[uuid.UUID]:
    """Name leads of nobody from when it had ended until it holds for every call, or ended again.

    Identifiers are nearly as old as their rows.
    """
    until = min(job.due_at or now(), assignment.ended_at or now())
    query = select(Lead.id).where(
        Lead.source_id == assignment.source_id,
        Lead.partner_id.is_(None),
        Lead.received_at >= since,
        Lead.received_at < until,
        Lead.id >= first_id((since - ON_ITS_WAY).timestamp()),
    )
    return list(db.session.scalars(query.order_by(Lead.id).limit(crediting.A_STEP)))


def _finish_source(actor: Actor, job: Job, partner_id: uuid.UUID) -> bool:
    """Record what its partner was credited with; says whether this was the last source."""
    if leads := job.cursor["leads"]:
        partner = db.session.get_one(Partner, (job.tenant_id, partner_id))
        after = {"leads": leads, "sources": 1, "since": None}
        audit.record(actor, "leads.credited", partner, after=after)
    job.done += 1
    job.cursor = {"leads": 0, "in_all": job.cursor["in_all"]}
    job.result = {"Leads credited": job.cursor["in_all"]}
    return job.done == len(job.facts["parts"])
