"""What becomes of each address that is to be invited, decided before anything is written."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from models import Invite, Membership, Partner, User, db
from models.base import Word, key_of
from models.invite import InviteState, open_invites
from operations.addresses import Typed
from operations.invite_limits import Room


class Outcome(Word):
    """What became of one address."""

    INVITED = "invited"
    MEMBER = "member"
    PENDING = "pending"
    INVALID = "invalid"
    LIMITED = "limited"


@dataclass
class Result:
    """One address as typed, what became of it, and the rows that the next step needs."""

    text: str
    outcome: Outcome
    sentence: str
    #: The invite that was made, or the one that is pending already.
    invite: Invite | None = None
    member: Membership | None = None

    @property
    def stays(self) -> bool:
        """Whether the address stays in the form, for a correction or for later."""
        return self.outcome in {Outcome.INVALID, Outcome.LIMITED}


#: A place and an address: the partner, or None for the staff, and the address's key.
Seat = tuple[uuid.UUID | None, str]
Members = dict[Seat, Membership]


@dataclass
class Known:
    """Who is there already: members and open invites by seat, and addresses with an account."""

    members: Members
    invites: dict[Seat, Invite]
    accounts: set[str]


def known(emails: Collection[str]) -> Known:
    """Look the addresses up, in three statements however many they are."""
    keys = {key_of(email) for email in emails}
    return Known(members_among(keys), _open_among(keys), accounts_among(keys))


def members_among(keys: Collection[str]) -> Members:
    """Find where these addresses are members already."""
    found = db.session.scalars(
        select(Membership)
        .join(Membership.user)
        .options(contains_eager(Membership.user))
        .where(Membership.removed_at.is_(None), User.email_key.in_(keys))
    )
    return {(member.partner_id, member.user.email_key): member for member in found}


def _open_among(keys: Collection[str]) -> dict[Seat, Invite]:
    found = db.session.scalars(
        select(Invite)
        .where(Invite.email_key.in_(keys), open_invites())
        .execution_options(populate_existing=True)
    )
    return {(invite.partner_id, invite.email_key): invite for invite in found}


def accounts_among(keys: Collection[str]) -> set[str]:
    """Tell which of these have an account: their letter says so."""
    return set(db.session.scalars(select(User.email_key).where(User.email_key.in_(keys))))


def decide(typed: Typed, partner: Partner | None, there: Known, room: Room) -> Result:
    """Say what becomes of one address. Takes its place in the room when it is invited."""
    place = partner.id if partner else None
    seat = (place, key_of(typed.email))
    if typed.problem:
        return Result(typed.text, Outcome.INVALID, typed.problem)
    if member := there.members.get(seat):
        name = partner.name.rstrip(".") if partner else "the team"
        sentence = f"Already a user of {name}. Nothing was sent."
        return Result(typed.text, Outcome.MEMBER, sentence, member=member)
    invite = there.invites.get(seat)
    if invite is not None and invite.state is InviteState.PENDING:
        sentence = "Has a pending invite. Nothing was sent."
        return Result(typed.text, Outcome.PENDING, sentence, invite=invite)
    if refusal := room.refusal(place, typed.email):
        return Result(typed.text, Outcome.LIMITED, f"Nothing was sent. {refusal}")
    room.take(place, typed.email)
    return Result(typed.email, Outcome.INVITED, "Invited.")
