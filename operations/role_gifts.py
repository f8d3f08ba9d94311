"""Giving a role: what every operation checks that puts somebody into one."""

from models import Role
from operations.refusal import Forbidden, Invalid
from policy import Actor, may_grant


def check_may_give(actor: Actor, role: Role, *, in_partner: bool) -> None:
    """Raise Invalid for a role of the other panel, Forbidden for one beyond the actor's own."""
    if role.is_partner_role != in_partner:
        raise Invalid("role", "This role cannot be given here.")
    if not may_grant(actor, role):
        raise Forbidden(f"Your role cannot make anybody {role.word}.")
