"""What is done to invites that are pending: revoked, their role changed, their link copied."""

import uuid
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, case, select, true, update
from sqlalchemy.orm import joinedload

from config import Settings
from models import AuditEvent, Invite, InviteState, Membership, Role, Tenant, db, now
from models.bulk import rows_changed
from models.invite import open_invites, pending_invites
from operations import audit
from operations.invite_mail import new_token, set_token, withdraw_letters
from operations.refusal import Forbidden, MadeAlready, Refusal
from operations.role_gifts import check_may_give
from policy import Actor, Permission, may, may_grant


def may_handle(actor: Actor, invite: Invite) -> bool:
    """Whether the actor may change or mail this invite; the role it offers counts too."""
    needed = Permission.INVITES_SEND if invite.partner_id else Permission.TEAM_MANAGE
    return may(actor, needed) and may_grant(actor, invite.role)


def known_to(actor: Actor) -> ColumnElement[bool]:
    """Criterion for the invites an actor may know of: those to the staff are the team's matter."""
    return known(of_team=may(actor, Permission.TEAM_MANAGE))


def known(*, of_team: bool) -> ColumnElement[bool]:
    """Criterion for the invites that who manages the team may know of, or that others may."""
    return true() if of_team else Invite.partner_id.is_not(None)


def check_may_handle(actor: Actor, invite: Invite) -> None:
    """Raise Forbidden when this invite is not the actor's to change."""
    if not may_handle(actor, invite):
        raise Forbidden("This invite offers a role that is not yours to give.")


def check_is_open(invite: Invite) -> None:
    """Raise Refusal, with what happened, when the invite was answered, revoked or replaced."""
    if invite.replaced_at:
        raise Refusal(f"{invite.email} was invited anew since. Look at the newer invite.")
    if invite.state not in {InviteState.PENDING, InviteState.EXPIRED}:
        raise Refusal(f"The invite for {invite.email} was already {invite.state.value}.")


def hold(*which: ColumnElement[bool]) -> None:
    """Lock invites until the end: in one order for everybody, and before their letters.

    Else two who change several would wait for each other, and so would somebody who revokes and
    the worker who notes that a letter failed (operations/claims.py).
    """
    held = select(Invite.id).where(*which).order_by(Invite.id)
    db.session.execute(held.with_for_update(key_share=True))


def look_again(invites: Sequence[Invite]) -> list[Invite]:
    """Hold the invites, and read them as they are now, in the order given."""
    these = Invite.id.in_([invite.id for invite in invites])
    hold(these)
    query = (
        select(Invite)
        .where(these)
        .options(joinedload(Invite.partner))
        .execution_options(populate_existing=True)
    )
    found = {invite.id: invite for invite in db.session.scalars(query)}
    return [found[invite.id] for invite in invites]


def revoke(actor: Actor, invite: Invite) -> None:
    """Make the link invalid now."""
    revoke_all(actor, [invite])


def revoke_all(actor: Actor, invites: Sequence[Invite]) -> None:
    """Revoke all of these, or none."""
    fresh = look_again(invites)
    for invite in fresh:
        check_may_handle(actor, invite)
        check_is_open(invite)
    ids = [invite.id for invite in fresh]
    changed = rows_changed(
        db.session,
        update(Invite).where(Invite.id.in_(ids), open_invites()).values(revoked_at=now()),
    )
    if changed != len(ids):
        raise Refusal("One of these was answered at the same moment. Nothing was revoked.")
    withdraw_letters(fresh)
    audit.record_each(actor, "invite.revoked", [(invite, {}, {}) for invite in fresh])


def revoke_sent_by(
    actor: Actor, *members: Membership, offering: Collection[Role] = tuple(Role)
) -> int:
    """Revoke the pending invites these members sent, perhaps only those `offering` some roles.

    Returns how many. For whoever removes the members, which is what decides whether they may.
    """
    sent = Invite.sent_by_id.in_([member.id for member in members])
    those = (sent, Invite.role.in_(offering), pending_invites())
    hold(*those)
    revoked = db.session.scalars(
        update(Invite).where(*those).values(revoked_at=now()).returning(Invite)
    ).all()
    withdraw_letters(revoked)
    audit.record_each(actor, "invite.revoked", [(invite, {}, {}) for invite in revoked])
    return len(revoked)


def change_roles(actor: Actor, roles: Mapping[uuid.UUID, Role], invites: Sequence[Invite]) -> int:
    """Offer other roles from now on: all of them, or none. Returns how many changed."""
    fresh = [invite for invite in look_again(invites) if invite.role is not roles[invite.id]]
    for invite in fresh:
        _check_may_offer(actor, invite, roles[invite.id])
    before = [(invite, invite.role) for invite in fresh]
    if fresh:
        _set_roles({invite.id: roles[invite.id] for invite in fresh})
    audit.record_each(
        actor,
        "invite.role_changed",
        [(invite, {"role": old}, {"role": roles[invite.id]}) for invite, old in before],
    )
    return len(fresh)


def _check_may_offer(actor: Actor, invite: Invite, role: Role) -> None:
    check_may_handle(actor, invite)
    if invite.state is not InviteState.PENDING:
        raise Refusal(f"The invite for {invite.email} is no longer pending.")
    check_may_give(actor, role, in_partner=invite.partner_id is not None)


def _set_roles(roles: Mapping[uuid.UUID, Role]) -> None:
    offered = case({key: role.value for key, role in roles.items()}, value=Invite.id)
    changed = rows_changed(
        db.session,
        update(Invite)
        .where(Invite.id.in_(roles), pending_invites())
        .values(role=offered)
        .execution_options(synchronize_session="fetch"),
    )
    if changed != len(roles):
        raise Refusal("One of these was answered at the same moment. No role was changed.")


def copy_link(
    actor: Actor, invite: Invite, settings: Settings, deed_id: uuid.UUID | None = None
) -> str:
    """Make a fresh token and return it, once; for staff, while no mail server is configured.

    Asked again with the same `deed_id` it leaves the link as it is, which may be in use.
    """
    if not may(actor, Permission.INVITES_COPY_LINK):
        raise Forbidden("Copying a link is for staff.")
    check_may_handle(actor, invite)
    if settings.mail_server:
        raise Refusal("Mails are sent, so links are not copied. Resend mails a new link.")
    token = new_token(db.session.get_one(Tenant, actor.tenant_id))
    if not set_token(Invite.id == invite.id, actor.tenant_id, token):
        raise Refusal(f"The invite for {invite.email} is no longer pending. Resend it first.")
    # The invite is locked by now: whoever asked at the same moment has recorded it, or waits.
    asked = select(AuditEvent.id).where(AuditEvent.deed_id == deed_id)
    if deed_id and db.session.scalar(asked):
        raise MadeAlready(f"A link for {invite.email} was made already, and it was shown.")
    withdraw_letters([invite])
    audit.record(actor, "invite.link_copied", invite, deed_id=deed_id)
    return token
