"""What was decided since: an undo takes back what it finds as it was left, and nothing later.

A status that is what it was may have been left and chosen again, by somebody else and for another
reason. The events tell. What was undone, and its undo, decided nothing.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from models import AuditEvent, db

Events = Sequence[AuditEvent]


def _of(subject: str, *verbs: str) -> frozenset[str]:
    return frozenset(f"{subject}.{verb}" for verb in verbs)


_PARTNERS = _of("partner", "paused", "resumed", "archived", "restored")
_PLACES = _of("source", "assigned", "moved_in", "unassigned", "unassign_undone", "deleted")
_STATUSES = _of("source", "paused", "pause_undone", "went_live", "set_to_test", "deleted")
_RETURNS = _of("lead", "returned", "accepted_again")
#: By the kind of an event that can be undone: what else decides about the same object.
DECIDES: dict[str, frozenset[str]] = {
    "partner.paused": _PARTNERS,
    "partner.archived": _PARTNERS,
    "source.unassigned": _PLACES,
    "source.paused": _STATUSES,
    "source.deleted": _of("source", "deleted", "restored"),
    "member.removed": _of("member", "removed", "restored"),
    "lead.returned": _RETURNS,
    "lead.accepted_again": _RETURNS,
}


def moved_since(events: Events) -> set[uuid.UUID]:
    """Name those of these events, all of one kind, whose object was decided about since.

    Holds for as long as the caller holds the objects' rows.
    """
    if not events:
        return set()
    by_object = {event.object_id: event.id for event in events}
    undo = aliased(AuditEvent)
    later = select(AuditEvent.object_id, AuditEvent.id).where(
        AuditEvent.object_id.in_(by_object),
        AuditEvent.kind.in_(DECIDES[events[0].kind]),
        AuditEvent.id > min(by_object.values()),
        AuditEvent.undoes_id.is_(None),
        ~exists().where(undo.undoes_id == AuditEvent.id),
    )
    found = db.session.execute(later)
    return {by_object[row.object_id] for row in found if row.id > by_object[row.object_id]}
