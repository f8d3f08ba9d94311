"""Crediting: giving a partner the leads that its sources received while they were with nobody."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update

from models import Job, Lead, Partner, Source, db, now
from operations import audit, background, metric_changes
from policy import Actor

KIND = "leads.credit"
#: How many leads one transaction moves.
A_STEP = 2000


def ask(
    actor: Actor,
    partner: Partner,
    sources: Sequence[Source],
    since: date | None,
    due_at: datetime | None = None,
) -> Job:
    """Queue the crediting of earlier leads, of all of them where `since` is None.

    Leads that arrive from now on are the partner's anyway. Not begun before `due_at`.
    """
    return background.ask(
        actor,
        KIND,
        sources[0] if len(sources) == 1 else None,
        total=len(sources),
        due_at=due_at,
        partner=str(partner.id),
        sources=[str(source.id) for source in sources],
        since=since.isoformat() if since else None,
        before=now().isoformat(),
    )


def step(job: Job) -> bool:
    """Credit the next leads of the source at hand; they and the figures move together."""
    actor, sources = background.actor_of(job), job.facts["sources"]
    partner_id = uuid.UUID(job.facts["partner"])
    ids = _next(uuid.UUID(sources[job.done]), job.facts)
    credited = credit(actor, partner_id, ids)
    job.cursor = {"leads": job.cursor.get("leads", 0) + credited}
    job.done += len(ids) < A_STEP
    if job.done < len(sources):
        return False
    _finish(actor, job, partner_id)
    return True


def _next(source_id: uuid.UUID, facts: dict[str, Any]) -> list[uuid.UUID]:
    query = select(Lead.id).where(_theirs(source_id, facts)).order_by(Lead.id).limit(A_STEP)
    return list(db.session.scalars(query))


def _theirs(source_id: uuid.UUID, facts: dict[str, Any]) -> ColumnElement[bool]:
    """Criterion for the leads that are still to be credited."""
    which = and_(
        Lead.source_id == source_id,
        Lead.partner_id.is_(None),
        Lead.received_at < datetime.fromisoformat(facts["before"]),
    )
    since = facts["since"]
    return and_(which, Lead.day >= date.fromisoformat(since)) if since else which


def credit(actor: Actor, partner_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> int:
    """Credit those that nobody else credited meanwhile, and tell how many: tests do not count."""
    moved = db.session.execute(
        update(Lead)
        .where(Lead.id.in_(ids), Lead.partner_id.is_(None))
        .values(partner_id=partner_id)
        .returning(Lead.source_id, Lead.day, Lead.state, Lead.payout_cents, Lead.is_test)
        .execution_options(synchronize_session=False)
    ).all()
    metric_changes.credited(actor, partner_id, moved)
    return sum(not lead.is_test for lead in moved)


def _finish(actor: Actor, job: Job, partner_id: uuid.UUID) -> None:
    partner = db.session.get_one(Partner, (job.tenant_id, partner_id))
    leads = job.cursor.get("leads", 0)
    job.result = {"Leads credited": leads, "Partner": partner.name}
    after = {"leads": leads, "sources": len(job.facts["sources"]), "since": job.facts["since"]}
    audit.record(actor, "leads.credited", partner, after=after)
