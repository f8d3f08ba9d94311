"""Offers: what an invite's link opens, and whether it can still be taken."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models import Invite, InviteState, Membership, PartnerStatus, Tenant, db
from operations import links, sessions

#: What an offer names besides the invite.
WITH_IT = (
    joinedload(Invite.partner),
    joinedload(Invite.sent_by).joinedload(Membership.user),
)


@dataclass(frozen=True)
class Offer:
    """What a link offers, whether or not it can still be taken."""

    invite: Invite
    tenant: Tenant

    @property
    def place(self) -> str:
        """What the person would join: the partner, or the tenant's staff."""
        return self.invite.partner.name if self.invite.partner else self.tenant.name

    @property
    def inviter(self) -> str:
        """Who to turn to; the tenant, once that person is gone."""
        sender = self.sender
        return sender.user.name if sender else self.tenant.name

    @property
    def sender(self) -> Membership | None:
        """The member who sent it, while they are one."""
        sender = self.invite.sent_by
        return sender if sender and sender.removed_at is None else None

    @property
    def state(self) -> str:
        """What became of it: the invite's state, or “archived” where nobody enters any more."""
        partner = self.invite.partner
        is_archived = partner is not None and partner.status is PartnerStatus.ARCHIVED
        return "archived" if self.is_pending and is_archived else self.invite.state.value

    @property
    def is_open(self) -> bool:
        """Whether it can be taken now."""
        return self.state == InviteState.PENDING

    @property
    def is_pending(self) -> bool:
        """Whether nobody answered or revoked it and its time has not run out."""
        return self.invite.state is InviteState.PENDING

    @property
    def ended_at(self) -> datetime | None:
        """When the link stopped working, where that is known."""
        invite = self.invite
        if self.is_pending:
            return None
        ended = (invite.accepted_at, invite.declined_at, invite.revoked_at)
        return next((moment for moment in ended if moment), invite.expires_at)


def find(token: str) -> Offer | None:
    """Find what a link offers. From here on this session sees the link's tenant only."""
    tenant = links.enter_tenant(token)
    if tenant is None:
        return None
    invite = db.session.scalar(
        select(Invite).where(Invite.token_hash == sessions.fingerprint(token)).options(*WITH_IT)
    )
    return Offer(invite, tenant) if invite else None
