"""Acceptance: what accepting and declining an offer change, each once."""

from sqlalchemy import or_, select, update

from config import Settings
from models import (
    Invite,
    Membership,
    Partner,
    PartnerStatus,
    Role,
    User,
    db,
    now,
)
from models.bulk import rows_changed
from models.invite import pending_invites
from operations import accounts, audit, outbox
from operations.offers import Offer
from operations.place_locks import lock_partners
from operations.places import Place
from operations.refusal import Gone, Refusal
from policy import Actor


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

    The role is what the row says at this moment, whatever the page showed. The partner is held
    before the invite, as by those who remove its sender and revoke what they sent.
    """
    lock_partners([invite.partner_id])
    role = db.session.scalar(
        update(Invite)
        .where(
            Invite.id == invite.id,
            Invite.token_hash == invite.token_hash,
            pending_invites(),
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
    changed = rows_changed(
        db.session,
        update(Invite)
        .where(
            Invite.id == offer.invite.id,
            Invite.token_hash == offer.invite.token_hash,
            pending_invites(),
        )
        .values(declined_at=now()),
    )
    if changed != 1:
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
