"""Background work: a job is asked for in a transaction and done by the worker, step by step.

Each step is one transaction of its own that begins by holding the job's row, so that two workers
never do the same step, and that ends with the job's progress. A worker that dies loses the step it
was in and no more: when its lease runs out, another goes on from where the last commit left off.
"""

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload

from models import Job, Membership, Partner, Scope, Tenant, across_tenants, db, enter, now
from operations.places import places
from operations.refusal import Refusal
from policy import Actor, Permission, command_line, may

log = logging.getLogger("inflow")

#: Does one piece of a job, moves its `cursor` and `done`, and says whether it was the last.
Step = Callable[[Job], bool]
JobKey = tuple[int, uuid.UUID]
#: How long a worker may be silent before another takes its job over.
LEASE = timedelta(minutes=2)
#: How many jobs one sweep takes on.
A_PASS = 20
NO_LONGER = "Whoever asked for this may not do it any more. What was done before stands."
BROKEN = "The work stopped, and the log says why. What was done before stands."


def ask(
    actor: Actor,
    kind: str,
    subject: Any = None,  # noqa: ANN401 - any row with an identifier
    *,
    total: int = 0,
    due_at: datetime | None = None,
    **facts: Any,  # noqa: ANN401
) -> Job:
    """Queue a job; the worker is told of it once the transaction is committed.

    `kind` names its step (schedule.py), `facts` is what the step needs, as JSON can hold it.
    The minute's sweep begins one that is due later.
    """
    job = Job(
        kind=kind,
        subject_id=getattr(subject, "id", None),
        partner_id=actor.partner_id,
        asked_by_id=actor.membership_id,
        total=total,
        due_at=due_at,
        facts=facts,
    )
    db.session.add(job)
    db.session.flush()
    return job


def key_of(job: Job) -> JobKey:
    """What finds this job again."""
    return job.tenant_id, job.id


def due_keys() -> list[JobKey]:
    """List jobs that nobody works on, the oldest first."""
    query = select(Job.tenant_id, Job.id).where(_due()).order_by(Job.queued_at).limit(A_PASS)
    with across_tenants(db.session):
        found = [(row.tenant_id, row.id) for row in db.session.execute(query)]
    db.session.rollback()
    return found


def run(key: JobKey, steps: Mapping[str, Step]) -> None:
    """Do a job to its end, if nobody else does. A database that is away leaves it for later."""
    _enter_scope_of(key)
    beat = claim(key)
    while beat is not None:
        beat = one_step(key, beat, steps)


def _enter_scope_of(key: JobKey) -> None:
    """Stand behind the walls that whoever asked stands behind: of a tenant, or of a partner."""
    tenant_id, identifier = key
    enter(db.session, Scope(tenant_id))
    partner_id = db.session.scalar(select(Job.partner_id).where(Job.id == identifier))
    enter(db.session, Scope(tenant_id, partner_id))


def standing(job: Job, needs: Permission) -> Actor:
    """Act as whoever asked for the job, if they still may: they are looked up at each step."""
    if job.asked_by_id is None:
        return replace(actor_of(job), job_id=job.id)
    query = (
        select(Membership, Tenant, Partner).join(Membership.tenant).outerjoin(Membership.partner)
    )
    query = query.options(joinedload(Membership.user))
    found = db.session.execute(query.where(Membership.id == job.asked_by_id)).first()
    member = found[0] if found else None
    open_places = places([found] if found else [])
    if member is None or not open_places or member.removed_at or member.user.suspended_at:
        raise Refusal(NO_LONGER)
    actor = open_places[0].actor(member.user, job.facts.get("address", ""))
    if not may(actor, needs):
        raise Refusal(NO_LONGER)
    return replace(actor, job_id=job.id)


def actor_of(job: Job) -> Actor:
    """Describe who asked for the job: its events are theirs."""
    query = select(Membership).where(Membership.id == job.asked_by_id)
    member = db.session.scalar(query.options(joinedload(Membership.user)))
    if member is None:
        return command_line(job.tenant_id)
    return Actor(
        name=member.user.name,
        email=member.user.email,
        tenant_id=job.tenant_id,
        role=member.role,
        membership_id=member.id,
        user_id=member.user_id,
        partner_id=job.partner_id,
    )


def is_open() -> ColumnElement[bool]:
    """Criterion for jobs that have not ended."""
    return and_(Job.finished_at.is_(None), Job.failed_at.is_(None))


def _due() -> ColumnElement[bool]:
    moment = now()
    silent = or_(Job.beat_at.is_(None), Job.beat_at < moment - LEASE)
    begins = or_(Job.due_at.is_(None), Job.due_at <= moment)
    return and_(is_open(), silent, begins)


def claim(key: JobKey) -> datetime | None:
    """Take a job that is due; the moment returned is the worker's hold on it."""
    moment = now()
    taken = db.session.execute(
        update(Job)
        .where(Job.id == key[1], _due())
        .values(beat_at=moment)
        .returning(Job.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.commit()
    return moment if taken else None


def one_step(key: JobKey, beat: datetime, steps: Mapping[str, Step]) -> datetime | None:
    """Do the next step and say when it was, or None when there is no other for this worker."""
    try:
        job = _hold(key, beat)
        if job is None:
            return None
        is_last = steps[job.kind](job)
        job.beat_at = now()
        job.finished_at = job.beat_at if is_last else None
        db.session.commit()
    except OperationalError:
        db.session.rollback()
        log.warning("a job waits for the database")
        return None
    except Refusal as refusal:
        _fail(key, beat, refusal.sentence)
        return None
    except Exception:
        log.exception("a job failed")
        _fail(key, beat, BROKEN)
        return None
    return None if is_last else job.beat_at


def _hold(key: JobKey, beat: datetime) -> Job | None:
    """Hold the job's row until the commit, unless it ended or another worker has taken over."""
    db.session.expunge_all()
    query = select(Job).where(Job.id == key[1], Job.beat_at == beat, is_open())
    job = db.session.scalar(query.with_for_update())
    if job is not None and job.started_at is None:
        job.started_at = beat
    return job


def _fail(key: JobKey, beat: datetime, problem: str) -> None:
    db.session.rollback()
    job = _hold(key, beat)
    if job is not None:
        job.failed_at = now()
        job.problem = problem[:500]
    db.session.commit()
