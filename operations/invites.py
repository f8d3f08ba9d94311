"""Invites: sent and sent again. What else is done to them is in pending_invites.py."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, update

from models import Invite, InviteState, Letter, Partner, PartnerStatus, Role, Tenant, db, now
from models.bulk import rows_changed
from models.invite import open_invites
from operations import audit, invite_limits
from operations.addresses import read
from operations.invite_limits import Limits, Room
from operations.invite_mail import fresh_link, withdraw_letters, write_letters
from operations.inviting import (
    Known,
    Members,
    Outcome,
    Result,
    accounts_among,
    decide,
    known,
    members_among,
)
from operations.pending_invites import (
    change_roles,
    check_is_open,
    check_may_handle,
    copy_link,
    hold,
    look_again,
    revoke,
    revoke_all,
    revoke_sent_by,
)
from operations.refusal import Forbidden, Refusal, TooMany
from operations.role_gifts import check_may_give
from policy import Actor, Permission, may

__all__ = [
    "Limits",
    "Outcome",
    "Result",
    "change_roles",
    "copy_link",
    "fresh_link",
    "resend",
    "resend_all",
    "revoke",
    "revoke_all",
    "revoke_sent_by",
    "send",
]


def send(  # noqa: PLR0913, PLR0917 - an invitation has this many parts
    actor: Actor,
    partner: Partner | None,
    addresses: str,
    role: Role,
    message: str,
    limits: Limits = Limits(),  # noqa: B008 - frozen, and the numbers of the README
) -> list[Result]:
    """Invite the addresses in a text, to a partner or, without one, to the staff.

    Returns what became of each; those that cannot be invited stop none of the others.
    """
    _check_may_send(actor, partner, role)
    typed = read(addresses)
    tenant = invite_limits.take_turns(actor)
    emails = [one.email for one in typed if one.email]
    places = {partner.id if partner else None}
    room, there = invite_limits.room(actor, emails, places, limits), known(emails)
    results = [decide(one, partner, there, room) for one in typed]
    invited = [result for result in results if result.outcome is Outcome.INVITED]
    for result in invited:
        result.invite = Invite(
            tenant_id=tenant.id,
            partner_id=partner.id if partner else None,
            email=result.text,
            role=role,
            message=message,
            sent_by_id=actor.membership_id,
            expires_at=_expiry(tenant, limits),
        )
    _store(actor, tenant, [result.invite for result in invited if result.invite], there)
    return results


def _check_may_send(actor: Actor, partner: Partner | None, role: Role) -> None:
    needed = Permission.INVITES_SEND if partner else Permission.TEAM_MANAGE
    if not may(actor, needed):
        raise Forbidden("Your role does not include sending invites.")
    check_may_give(actor, role, in_partner=partner is not None)
    if partner is not None and partner.status is PartnerStatus.ARCHIVED:
        raise Refusal(f"{partner.name} is archived. Restore it first, then invite people.")


def _expiry(tenant: Tenant, limits: Limits) -> datetime:
    return now() + timedelta(days=tenant.invite_days or limits.days)


def _store(actor: Actor, tenant: Tenant, invites: list[Invite], there: Known) -> None:
    """Write invites, letters and events; an expired invite of the same seat makes room."""
    seats = [(invite.partner_id, invite.email_key) for invite in invites]
    if expired := [there.invites[seat] for seat in seats if seat in there.invites]:
        _replace(expired)
    letters = write_letters(actor, tenant, invites, there.accounts)
    for invite, letter in zip(invites, letters, strict=True):
        invite.letter_id = letter.id
    db.session.add_all(invites)
    db.session.flush()
    audit.record_each(
        actor,
        "invite.sent",
        [
            (invite, {}, {"role": invite.role, "expires_at": invite.expires_at})
            for invite in invites
        ],
    )


def _replace(expired: Sequence[Invite]) -> None:
    those = (Invite.id.in_([invite.id for invite in expired]), open_invites())
    hold(*those)
    db.session.execute(update(Invite).where(*those).values(replaced_at=now()))
    withdraw_letters(expired)


def resend(actor: Actor, invite: Invite, limits: Limits = Limits()) -> None:  # noqa: B008
    """Mail a new link. The old one stops working, and the clock starts again."""
    resend_all(actor, [invite], limits)


def resend_all(
    actor: Actor,
    invites: Sequence[Invite],
    limits: Limits = Limits(),  # noqa: B008
) -> None:
    """Mail new links to all of these, or to none; expired invites come alive again."""
    tenant = invite_limits.take_turns(actor)
    fresh = look_again(invites)
    keys = {invite.email_key for invite in fresh}
    _check_may_resend(actor, fresh, members_among(keys))
    emails, places = [invite.email for invite in fresh], {invite.partner_id for invite in fresh}
    _take_room(fresh, invite_limits.room(actor, emails, places, limits))
    withdraw_letters(fresh)
    before = {invite.id: {"expires_at": invite.expires_at} for invite in fresh}
    expires_at = _expiry(tenant, limits)
    letters = write_letters(actor, tenant, fresh, accounts_among(keys), expires_at)
    _start_again(fresh, letters, expires_at)
    audit.record_each(
        actor,
        "invite.resent",
        [(invite, before[invite.id], {"expires_at": expires_at}) for invite in fresh],
    )


def _check_may_resend(actor: Actor, invites: Sequence[Invite], members: Members) -> None:
    for invite in invites:
        check_may_handle(actor, invite)
        check_is_open(invite)
        if (invite.partner_id, invite.email_key) in members:
            raise Refusal(f"{invite.email} is a user already. Nothing was sent.")
        if invite.partner and invite.partner.status is PartnerStatus.ARCHIVED:
            raise Refusal(f"{invite.partner.name} is archived. Nothing was sent.")


def _take_room(invites: Sequence[Invite], room: Room) -> None:
    for invite in invites:
        adds_one = invite.state is InviteState.EXPIRED
        if refusal := room.refusal(invite.partner_id, invite.email, adds_one=adds_one):
            raise TooMany(f"Nothing was sent to {invite.email}. {refusal}")
        room.take(invite.partner_id, invite.email, adds_one=adds_one)


def _start_again(
    invites: Sequence[Invite], letters: Sequence[Letter], expires_at: datetime
) -> None:
    """Clear the old token at once; the worker makes the new one when it mails the letter."""
    pairs = zip(invites, letters, strict=True)
    carried_by = {invite.id: letter.id for invite, letter in pairs}
    changed = rows_changed(
        db.session,
        update(Invite)
        .where(Invite.id.in_(carried_by), open_invites())
        .values(
            token_hash=None,
            letter_id=case(carried_by, value=Invite.id),
            expires_at=expires_at,
            sent_at=now(),
            times_sent=Invite.times_sent + 1,
        )
        .execution_options(synchronize_session=False),
    )
    if changed != len(carried_by):
        raise Refusal("One of these was answered at the same moment. Nothing was sent.")
    look_again(invites)
