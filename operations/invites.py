"""Invites: sent, resent, revoked, accepted, declined."""

from models import Membership
from policy import Actor


def revoke_sent_by(actor: Actor, member: Membership) -> int:
    """Revoke what this member's pending invites offer, in one statement. Returns how many."""
    raise NotImplementedError
