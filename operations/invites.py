"""Invites: sent, resent, revoked, accepted, declined."""

from sqlalchemy import update

from models import Invite, Letter, Membership, Tenant, db, now
from models.base import new_secret
from models.invite import open_invites
from operations.refusal import Gone
from operations.sessions import fingerprint
from policy import Actor


def revoke_sent_by(actor: Actor, member: Membership) -> int:
    """Revoke what this member's pending invites offer, in one statement. Returns how many."""
    raise NotImplementedError


def fresh_link(letter: Letter) -> str:
    """Make the token of the link that this letter carries; any link before it stops working.

    Raises Gone when the invite is no longer open, or a newer letter carries its link.
    """
    token = f"{db.session.get_one(Tenant, letter.tenant_id).code}.{new_secret()}"
    changed = db.session.execute(
        update(Invite)
        .where(
            Invite.tenant_id == letter.tenant_id,
            Invite.letter_id == letter.id,
            open_invites(),
            Invite.expires_at > now(),
        )
        .values(token_hash=fingerprint(token))
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise Gone("The invite of this letter is no longer open.")
    return token
