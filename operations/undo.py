"""Undo: for ten minutes, whoever did it can take back what the rules allow (SPEC, Undo)."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from models import AuditEvent, db, now
from operations import assignments, leads, memberships, partners, sources
from operations.moved_since import Events, moved_since
from operations.refusal import Forbidden, Refusal
from policy import Actor, only_looks

WINDOW = timedelta(minutes=10)

#: What brings back the state before, by the kind of event. Each records its own event with
#: `undoes=event`, checks the permission of the deed itself, and refuses when things moved on.
UNDO: dict[str, Callable[[Actor, AuditEvent], AuditEvent]] = {
    "partner.paused": partners.undo_status,
    "partner.archived": partners.undo_status,
    "source.unassigned": assignments.undo_unassign,
    "source.paused": sources.undo_pause,
    "source.deleted": sources.undo_delete,
    "member.removed": memberships.undo_remove,
    "lead.returned": leads.undo_return,
    "lead.accepted_again": leads.undo_take_back,
}


def can_undo(actor: Actor, event: AuditEvent) -> bool:
    """Whether *Undo* is offered for this event to this person now."""
    return (
        event.kind in UNDO
        and event.job_id is None  # what a job did is taken back from the job's page
        and event.actor_id is not None
        and event.actor_id == actor.membership_id
        and not only_looks(actor)
        and now() - event.at <= WINDOW
    )


def undo(actor: Actor, event: AuditEvent) -> AuditEvent:
    """Take back what the event records. Raises Refusal when it is too late or was done before."""
    if event.kind not in UNDO or event.actor_id != actor.membership_id or only_looks(actor):
        raise Forbidden("Only the person who did this can undo it.")
    if event.job_id is not None:
        raise Refusal("A job did this. It is undone as a whole, from the job's own page.")
    if now() - event.at > WINDOW:
        raise Refusal("Undo is offered for ten minutes. Nothing was changed.")
    if db.session.scalar(select(AuditEvent.id).where(AuditEvent.undoes_id == event.id)):
        raise Refusal("This was undone already.")
    undone = UNDO[event.kind](actor, event)
    if moved_since(_deed(event)):  # asked of rows that are held by now: nobody decides meanwhile
        raise Refusal("It was changed again since. That stays: nothing was changed.")
    return undone


def _deed(event: AuditEvent) -> Events:
    """Find what was done at once with it."""
    if event.deed_id is None:
        return [event]
    of_deed = AuditEvent.deed_id == event.deed_id
    return db.session.scalars(
        select(AuditEvent).where(of_deed, AuditEvent.kind == event.kind)
    ).all()
