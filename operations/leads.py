"""Leads after they arrived: marked as returned with a reason, and back to accepted."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import case, select, update

from models import AuditEvent, Lead, LeadState, db, now
from operations import audit, metric_changes
from operations.audit import Part
from operations.refusal import Forbidden, Invalid, Refusal
from operations.typed import line
from policy import Actor, Permission, may

#: So many at once; also keeps each deed's number of statements constant.
MOST = 1000
REASON = 500
ACCEPTED: dict[str, Any] = {"status": LeadState.ACCEPTED}

Reasons = Mapping[uuid.UUID, str]


def mark_returned(actor: Actor, leads: Sequence[Lead], reason: str) -> AuditEvent:
    """Mark accepted leads as returned: all that are named, or none."""
    _check(actor, leads)
    why = reason_of(reason)
    changed = _return(actor, leads, {lead.id: why for lead in leads})
    parts = [_part("lead.returned", lead, ACCEPTED, _returned(why)) for lead in changed]
    return audit.record_many(actor, parts)


def reason_of(typed: str) -> str:
    """Tidy the reason of a return, which has to be given."""
    return line("reason", typed, REASON, needed="Say why. The reason is kept with the lead.")


def take_back(actor: Actor, leads: Sequence[Lead]) -> AuditEvent:
    """Make returned leads accepted again: all that are named, or none."""
    _check(actor, leads)
    reasons = {lead.id: lead.return_reason for lead in leads}
    changed = _accept(actor, leads)
    parts = [
        _part("lead.accepted_again", lead, _returned(reasons[lead.id]), ACCEPTED)
        for lead in changed
    ]
    return audit.record_many(actor, parts)


def undo_return(actor: Actor, event: AuditEvent) -> AuditEvent:
    """Take back everything that was returned in one deed."""
    return undo_returns(actor, _deed(event))


def undo_returns(actor: Actor, events: Sequence[AuditEvent]) -> AuditEvent:
    """Take back what these events returned: all of it, or none."""
    deed = _by_lead(events)
    leads = _leads_of(deed)
    _check(actor, leads)
    return _record_undone(actor, "lead.accepted_again", _accept(actor, leads), deed)


def undo_take_back(actor: Actor, event: AuditEvent) -> AuditEvent:
    """Return everything again that was taken back in one deed, each for the reason it had."""
    return undo_takings_back(actor, _deed(event))


def undo_takings_back(actor: Actor, events: Sequence[AuditEvent]) -> AuditEvent:
    """Return again what these events took back, each for the reason it had: all, or none."""
    deed = _by_lead(events)
    leads = _leads_of(deed)
    _check(actor, leads)
    reasons = {lead_id: part.before["return_reason"] for lead_id, part in deed.items()}
    return _record_undone(actor, "lead.returned", _return(actor, leads, reasons), deed)


def _check(actor: Actor, leads: Sequence[Lead]) -> None:
    if not may(actor, Permission.LEADS_EDIT):
        raise Forbidden("Your role does not include returning leads.")
    if not leads:
        raise Invalid("lead", "Choose at least one lead.")
    if len(leads) > MOST:
        raise Invalid("lead", f"At most {MOST:,} leads at a time; these are {len(leads):,}.")


def _return(actor: Actor, leads: Sequence[Lead], reasons: Reasons) -> Sequence[Lead]:
    _refuse([lead for lead in leads if lead.is_test], "a test lead, which counts nowhere")
    _refuse([lead for lead in leads if lead.state is LeadState.DUPLICATE], "a duplicate")
    _refuse([lead for lead in leads if lead.state is LeadState.RETURNED], "returned already")
    changed = _move(
        leads,
        LeadState.ACCEPTED,
        state=LeadState.RETURNED,
        returned_at=now(),
        returned_by_id=actor.membership_id,
        return_reason=case(dict(reasons), value=Lead.id),
    )
    metric_changes.returned(actor, changed)
    return changed


def _accept(actor: Actor, leads: Sequence[Lead]) -> Sequence[Lead]:
    _refuse([lead for lead in leads if lead.state is not LeadState.RETURNED], "not returned")
    changed = _move(
        leads,
        LeadState.RETURNED,
        state=LeadState.ACCEPTED,
        returned_at=None,
        returned_by_id=None,
        return_reason="",
    )
    metric_changes.taken_back(actor, changed)
    return changed


def _refuse(leads: Sequence[Lead], what: str) -> None:
    """Name what stands in the way, and how many more there are."""
    if leads:
        more = f", and {len(leads) - 1:,} more the same" if len(leads) > 1 else ""
        raise Refusal(f"{leads[0].public_id} is {what}{more}. Nothing was changed.")


def _move(leads: Sequence[Lead], was: LeadState, **values: Any) -> Sequence[Lead]:  # noqa: ANN401
    """Change them in one statement, which has to reach every one as it was seen.

    Gives them as they are in the database now: who they are credited to may have changed since
    they were read, and the figures have to follow that.
    """
    changed = (
        update(Lead)
        .where(Lead.id.in_([lead.id for lead in leads]), Lead.state == was)
        .values(**values)
        .returning(Lead)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    rows = db.session.scalars(changed).all()
    if len(rows) != len(leads):
        raise Refusal("Somebody else changed one of them at the same moment. Nothing was changed.")
    return rows


def _returned(reason: str) -> dict[str, Any]:
    return {"status": LeadState.RETURNED, "return_reason": reason}


def _part(
    kind: str,
    lead: Lead,
    before: dict[str, Any],
    after: dict[str, Any],
    undoes: AuditEvent | None = None,
) -> Part:
    """Describe an event. It names the lead by its identifier: history keeps nobody's address."""
    return Part(kind, lead, lead.public_id, before=before, after=after, undoes=undoes)


def _record_undone(
    actor: Actor, kind: str, leads: Sequence[Lead], deed: Mapping[uuid.UUID, AuditEvent]
) -> AuditEvent:
    pairs = [(lead, deed[lead.id]) for lead in leads]
    parts = [_part(kind, lead, had.after, had.before, undoes=had) for lead, had in pairs]
    return audit.record_many(actor, parts)


def _deed(event: AuditEvent) -> Sequence[AuditEvent]:
    """Find every part of the deed."""
    return db.session.scalars(select(AuditEvent).where(AuditEvent.deed_id == event.deed_id)).all()


def _by_lead(events: Sequence[AuditEvent]) -> dict[uuid.UUID, AuditEvent]:
    return {part.object_id: part for part in events if part.object_id}


def _leads_of(deed: Mapping[uuid.UUID, AuditEvent]) -> Sequence[Lead]:
    return db.session.scalars(select(Lead).where(Lead.id.in_(list(deed)))).all()
