"""Deeds over all invites or members that match."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from models import Invite, InviteState, Membership, Role
from operations import invite_limits, invites, last_admin, memberships
from operations.bulk_deed import ALREADY, Deed, Left, Terms
from operations.invite_limits import Limits
from operations.pending_invites import check_is_open, check_may_handle
from operations.refusal import Refusal
from policy import Actor, Permission, may_change

YOURSELF = "This is you. Change your own membership by hand."


def _resend(actor: Actor, rows: Sequence[Invite], terms: Terms) -> None:
    invites.resend_all(actor, rows, Limits(**terms["limits"]))


def _revoke(actor: Actor, rows: Sequence[Invite], _terms: Terms) -> None:
    invites.revoke_all(actor, rows)


def _left_closed(actor: Actor, rows: Sequence[Invite], _terms: Terms) -> Left:
    def check(row: Invite) -> None:
        check_may_handle(actor, row)
        check_is_open(row)

    return _refused(rows, check)


def _left_unsent(actor: Actor, rows: Sequence[Invite], terms: Terms) -> Left:
    """Leave those beyond the limits too: once an hour's invites are sent, that is all others."""
    left = _left_closed(actor, rows, terms)
    fit = [row for row in rows if row.id not in left]
    places = {row.partner_id for row in fit}
    room = invite_limits.room(actor, {row.email for row in fit}, places, Limits(**terms["limits"]))
    for row in fit:
        adds_one = row.state is InviteState.EXPIRED
        if refusal := room.refusal(row.partner_id, row.email, adds_one=adds_one):
            left[row.id] = refusal
        else:
            room.take(row.partner_id, row.email, adds_one=adds_one)
    return left


def _left_unrevoked(actor: Actor, rows: Sequence[Invite], terms: Terms) -> Left:
    so = {row.id: ALREADY for row in rows if row.state is InviteState.REVOKED}
    return _left_closed(actor, rows, terms) | so


def _remove(actor: Actor, rows: Sequence[Membership], terms: Terms) -> object:
    return memberships.remove_all(actor, rows, terms.get("reason", ""))


def _left_members(actor: Actor, rows: Sequence[Membership], terms: Terms) -> Left:
    beyond = "Your role cannot change or remove this person."
    left = {row.id: beyond for row in rows if not may_change(actor, row)}
    if not (actor.is_staff and terms.get("reason")):
        why = "The last Admin of this place: make somebody else one first, or say why."
        left |= {row.id: why for row in last_admin.without_another(rows)}
    return left | {row.id: YOURSELF for row in rows if row.id == actor.membership_id}


def _change_role(actor: Actor, rows: Sequence[Membership], terms: Terms) -> object:
    return memberships.change_roles(actor, rows, Role(terms["role"]), terms.get("reason", ""))


def _left_in_role(actor: Actor, rows: Sequence[Membership], terms: Terms) -> Left:
    role = Role(terms["role"])
    left = {} if role in last_admin.ROLES else _left_members(actor, rows, terms)
    left |= {row.id: YOURSELF for row in rows if row.id == actor.membership_id}
    return left | {row.id: ALREADY for row in rows if row.role is role}


def _refused(rows: Iterable[Any], check: Callable[[Any], None]) -> Left:
    left: Left = {}
    for row in rows:
        try:
            check(row)
        except Refusal as refusal:
            left[row.id] = refusal.sentence
    return left


INVITES = (("invite", "invites"), Invite, Permission.INVITES_SEND)
#: Whom somebody may change besides is asked of each person.
USERS = (("person", "people"), Membership, Permission.USERS_EDIT)
DEEDS: dict[str, Deed] = {
    "invites.resend": Deed("Resending invites", *INVITES, _resend, _left_unsent),
    "invites.revoke": Deed("Revoking invites", *INVITES, _revoke, _left_unrevoked),
    "members.remove": Deed("Removing people", *USERS, _remove, _left_members),
    "members.change_role": Deed("Changing roles", *USERS, _change_role, _left_in_role),
}
