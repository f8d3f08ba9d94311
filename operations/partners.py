"""Partners: create, edit, pause, resume, archive, restore."""

from models import AuditEvent
from policy import Actor


def undo_status(actor: Actor, event: AuditEvent) -> AuditEvent:
    """Bring the partner's status back to what it was before the event."""
    raise NotImplementedError
