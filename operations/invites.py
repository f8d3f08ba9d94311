"""Invites: sent, resent, revoked, accepted, declined."""

from sqlalchemy import update

from models import Invite, Membership, db, now
from models.invite import open_invites
from policy import Actor


def revoke_sent_by(actor: Actor, *members: Membership) -> int:  # noqa: ARG001
    """Revoke what these members' pending invites offer, in one statement. Returns how many."""
    moment = now()
    revoked = db.session.execute(
        update(Invite)
        .where(
            Invite.sent_by_id.in_([member.id for member in members]),
            open_invites(),
            Invite.expires_at > moment,
        )
        .values(revoked_at=moment)
        .returning(Invite.id)
        .execution_options(synchronize_session=False)
    )
    return len(revoked.all())
