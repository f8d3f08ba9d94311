"""Stopping a job by hand, where whoever asked for it may: what was done before stands."""

from sqlalchemy import update

from models import Job, db, now
from operations import audit, background, crediting_back
from operations.refusal import Forbidden, Refusal
from policy import Actor

CANCELLED = "It was stopped by hand. What was done before stands."
#: What completes an undo that is done already: half of it would stay undone for good.
NEVER_STOPPED = frozenset({crediting_back.KIND})


def cancel(actor: Actor, job: Job, name: str) -> None:
    """Stop a job after the step that it is in. What was done stands.

    `name` is what the job is called in words.
    """
    if job.asked_by_id != actor.membership_id:
        raise Forbidden("Only whoever asked for a job can stop it.")
    if job.kind in NEVER_STOPPED:
        raise Refusal("This completes an undo, and is not stopped.")
    moment = now()
    stopped = db.session.execute(
        update(Job)
        .where(Job.id == job.id, background.is_open())
        .values(failed_at=moment, cancelled_at=moment, problem=CANCELLED)
        .returning(Job.id)
    ).first()
    if stopped is None:
        raise Refusal("It has ended already. Nothing was changed.")
    audit.record(actor, "job.cancelled", job, name=name)
