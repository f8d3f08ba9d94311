"""Acceptance: what a link opens, and what accepting and declining it change."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import joinedload

from config import Settings
from models import (
    Invite,
    InviteState,
    Membership,
    Partner,
    PartnerStatus,
    Role,
    Scope,
    Tenant,
    User,
    db,
    enter,
    now,
)
from models.invite import open_invites
from operations import accounts, audit, outbox, sessions
from operations.places import Place
from operations.refusal import Gone, Refusal
from policy import Actor

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
    code, _, _ = token.partition(".")
    tenant = db.session.scalar(select(Tenant).where(Tenant.code == code))
    if tenant is None:
        return None
    enter(db.session, Scope(tenant.id))
    invite = db.session.scalar(
        select(Invite).where(Invite.token_hash == sessions.fingerprint(token)).options(*WITH_IT)
    )
    return Offer(invite, tenant) if invite else None


def accept_as_new(
    offer: Offer, name: str, password: str, address: str, settings: Settings
) -> tuple[User, Place]:
    """Make the person's account, and the membership."""
    role = _claim(offer.invite)
    user = accounts.create(offer.invite.email, name, password, settings)
    return user, _join(offer, user, role, address)


def accept(offer: Offer, user: User, address: str) -> Place:
    """Make the membership of a person who has an account, and is signed in to it."""
    if user.email_key != offer.invite.email_key:
        raise Refusal(f"This invite is for {offer.invite.email}. Nothing was accepted.")
    return _join(offer, user, _claim(offer.invite), address)


def _claim(invite: Invite) -> Role:
    """Take the invite, once: of many who try at the same moment the database lets one through.

    The role is what the row says at this moment, whatever the page showed.
    """
    role = db.session.scalar(
        update(Invite)
        .where(
            Invite.id == invite.id,
            Invite.token_hash == invite.token_hash,
            open_invites(),
            Invite.expires_at > now(),
            or_(
                Invite.partner_id.is_(None),
                Invite.partner_id.in_(
                    select(Partner.id).where(Partner.status != PartnerStatus.ARCHIVED)
                ),
            ),
        )
        .values(accepted_at=now())
        .returning(Invite.role)
        .execution_options(synchronize_session=False)
    )
    if role is None:
        raise Gone("This invite was answered, changed or withdrawn at the same moment.")
    return role


def _join(offer: Offer, user: User, role: Role, address: str) -> Place:
    invite = offer.invite
    _check_is_new(offer, user)
    member = Membership(
        tenant_id=offer.tenant.id,
        user_id=user.id,
        partner_id=invite.partner_id,
        role=role,
        invited_by_id=offer.sender.user_id if offer.sender else None,
    )
    db.session.add(member)
    db.session.execute(update(Invite).where(Invite.id == invite.id).values(accepted_by_id=user.id))
    _tell_sender(offer, "accepted", person=user.name, person_email=user.email, role=role.word)
    actor = _actor(offer, role, user.name, user.email, address, member)
    audit.record(actor, "invite.accepted", invite, after={"role": role})
    return Place(member, offer.tenant, invite.partner)


def _check_is_new(offer: Offer, user: User) -> None:
    there = db.session.scalar(
        select(Membership.id).where(
            Membership.user_id == user.id,
            Membership.partner_id == offer.invite.partner_id,
            Membership.removed_at.is_(None),
        )
    )
    if there is not None:
        raise Refusal(f"You are already a user of {offer.place}. Nothing needs to be accepted.")


def decline(offer: Offer, address: str) -> None:
    """Turn the offer down; nobody is added, and the sender is told."""
    changed = db.session.execute(
        update(Invite)
        .where(
            Invite.id == offer.invite.id,
            Invite.token_hash == offer.invite.token_hash,
            open_invites(),
            Invite.expires_at > now(),
        )
        .values(declined_at=now())
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Gone("This invite was answered, changed or withdrawn at the same moment.")
    _tell_sender(offer, "declined", address=offer.invite.email)
    email = offer.invite.email
    audit.record(
        _actor(offer, offer.invite.role, email, email, address), "invite.declined", offer.invite
    )


def _tell_sender(offer: Offer, kind: str, **facts: str) -> None:
    if offer.sender is None:
        return
    invite, partner = offer.invite, offer.invite.partner
    outbox.queue(
        kind,
        offer.sender.user.email,
        offer.sender.user.name,
        partner_id=invite.partner_id,
        tenant=offer.tenant.name,
        partner=partner.name if partner else None,
        when=now().isoformat(),
        link=_page_of(invite, offer.sender, "users" if kind == "accepted" else "invites"),
        **facts,
    )


def _page_of(invite: Invite, sender: Membership, page: str) -> str:
    """Name the page where the sender sees what came of it, in the panel they work in."""
    if sender.role.is_partner_role:
        return f"/partner/{page}/"
    if invite.partner is None:
        return "/admin/team/"
    return f"/admin/partners/{invite.partner.public_id}/{page}/"


def _actor(  # noqa: PLR0913, PLR0917
    offer: Offer,
    role: Role,
    name: str,
    email: str,
    address: str,
    member: Membership | None = None,
) -> Actor:
    """Whoever holds the link acts; as a member once they are one."""
    return Actor(
        name=name,
        email=email,
        tenant_id=offer.tenant.id,
        role=role,
        membership_id=member.id if member else None,
        user_id=member.user_id if member else None,
        partner_id=offer.invite.partner_id,
        address=address,
    )
