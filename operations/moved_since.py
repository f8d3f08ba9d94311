"""What was decided since: an undo takes back what it finds as it was left, and nothing later.

A status that is what it was may have been left and chosen again, by somebody else and for another
reason. The events tell. What was undone, and its undo, decided nothing.
"""

import uuid
from collections import defaultdict
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
    """Name those of these events that can be undone whose object was decided about since.

    Holds for as long as the caller holds the objects' rows.
    """
    if not events:
        return set()
    undo = aliased(AuditEvent)
    found = select(AuditEvent.object_id, AuditEvent.id, AuditEvent.kind).where(
        AuditEvent.object_id.in_({event.object_id for event in events}),
        AuditEvent.kind.in_(frozenset().union(*(DECIDES[event.kind] for event in events))),
        AuditEvent.id > min(event.id for event in events),
        AuditEvent.undoes_id.is_(None),
        ~exists().where(undo.undoes_id == AuditEvent.id),
    )
    later = defaultdict(list)
    for object_id, identifier, kind in db.session.execute(found):
        later[object_id].append((identifier, kind))
    return {event.id for event in events if _is_among(event, later[event.object_id])}


def _is_among(event: AuditEvent, later: Sequence[tuple[uuid.UUID, str]]) -> bool:
    """Whether one of these came after this event, and decides about the same."""
    return any(found > event.id and kind in DECIDES[event.kind] for found, kind in later)
