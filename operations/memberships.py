"""Memberships: joining, changing a role, removing."""

from models import AuditEvent
from policy import Actor


def undo_remove(actor: Actor, event: AuditEvent) -> AuditEvent:
    """Bring the membership back as it was; revoked invites stay revoked."""
    raise NotImplementedError
