"""Crediting what came between an unassign and its undo: the assignment never ended after all."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from models import Assignment, Job, Lead, Partner, db, now
from models.base import first_id
from models.bulk import among
from operations import audit, background, crediting
from policy import Actor

KIND = "leads.credit_back"
#: A call that was on its way when the assignment ended came before, by its own clock.
ON_ITS_WAY = timedelta(minutes=1)


def ask(actor: Actor, assignment_ids: Sequence[uuid.UUID]) -> None:
    """Queue the crediting of what came since these assignments ended, if anything did.

    Asked before they are resumed: afterwards nothing says when they had ended.
    """
    ended = db.session.execute(
        select(Assignment.id, Assignment.source_id, Assignment.began_at, Assignment.ended_at)
        .where(among(db.session, Assignment.id, assignment_ids))
        .order_by(Assignment.id)
    ).all()
    since = {row.source_id: max(row.began_at, row.ended_at - ON_ITS_WAY) for row in ended}
    received = _received(since)
    parts = [[str(row.id), since[row.source_id]] for row in ended if row.source_id in received]
    if parts:
        facts = {"parts": [[one, moment.isoformat()] for one, moment in parts]}
        background.ask(actor, KIND, total=len(parts), before=now().isoformat(), **facts)


def _received(since: dict[uuid.UUID, datetime]) -> set[uuid.UUID]:
    """Tell which sources received a lead since the first of these moments that is nobody's."""
    theirs = among(db.session, Lead.source_id, since)
    found = select(Lead.source_id).where(theirs, *_nobodys(min(since.values())))
    return set(db.session.scalars(found.distinct()))


def _nobodys(since: datetime) -> tuple[Any, ...]:
    """Criteria for leads of nobody since a moment; identifiers are nearly as old as their rows."""
    oldest = first_id((since - ON_ITS_WAY).timestamp())
    return Lead.partner_id.is_(None), Lead.received_at >= since, Lead.id >= oldest


def step(job: Job) -> bool:
    """Credit the next leads of the source at hand; they and the figures move together."""
    actor = background.actor_of(job)
    identifier, since = job.facts["parts"][job.done]
    key = (job.tenant_id, uuid.UUID(identifier))
    assignment = db.session.get_one(Assignment, key)
    before = datetime.fromisoformat(job.facts["before"])
    ids = _next(assignment.source_id, datetime.fromisoformat(since), before)
    moved = len(crediting.credit(actor, assignment.partner_id, ids))
    leads, in_all = (job.cursor.get(name, 0) + moved for name in ("leads", "in_all"))
    job.cursor = {"leads": leads, "in_all": in_all}
    if len(ids) == crediting.A_STEP:
        return False
    return _finish_source(actor, job, assignment.partner_id)


def _next(source_id: uuid.UUID, since: datetime, before: datetime) -> list[uuid.UUID]:
    which = (Lead.source_id == source_id, Lead.received_at < before, *_nobodys(since))
    query = select(Lead.id).where(*which).order_by(Lead.id).limit(crediting.A_STEP)
    return list(db.session.scalars(query))


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
