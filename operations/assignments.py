"""Assigning sources to partners, moving them, taking them away."""

from models import AuditEvent
from policy import Actor


def undo_unassign(actor: Actor, event: AuditEvent) -> AuditEvent:
    """Give the source back to the partner it was taken from."""
    raise NotImplementedError
