"""What removing some members would change and what stays, counted before anybody confirms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from config import Settings
from models import Credential, Invite, LoginSession, Membership, Partner, User, db
from models.counting import capped
from models.invite import pending_invites
from operations import last_admin, sessions
from operations.credentials import usable
from operations.issuing import CONSOLE

#: As many as a page names; further ones are only counted.
NAMED = 8
#: How far those are counted: each takes a look at its row.
COUNTED = 1000
#: As many sessions, and memberships elsewhere, as are looked at.
MOST = 200


@dataclass(frozen=True)
class Consequences:
    """Everything the page says before the button is pressed."""

    sessions: Sequence[LoginSession]
    invites: Sequence[Invite]
    #: How many those are, with the ones that are not named; counted up to `COUNTED`.
    invited: int
    #: Other people's Admin memberships in the same places.
    admins_left: Sequence[Membership]
    #: Those whose place is left without any Admin.
    bereft: Sequence[Membership]
    #: The same people's other memberships, as far as the reader's scope reaches.
    elsewhere: Sequence[Membership]
    #: How many partners they are account manager of, counted no further than the cap.
    manages: int
    #: How many sources their partners have; those stay.
    sources: int
    #: What they issued and what still works, with its source; it stays too.
    credentials: Sequence[Credential]
    #: How many those are, counted as far as the invites.
    issued: int


def consequences(members: Sequence[Membership], settings: Settings) -> Consequences:
    """Count what a removal changes. The scope keeps other tenants and partners out."""
    admins = _admins_left(members)
    invites, invited = _invites(members)
    credentials, issued = _credentials(members)
    return Consequences(
        sessions=_sessions(members, settings),
        invites=invites,
        invited=invited,
        admins_left=admins,
        bereft=last_admin.bereft(members, (admin.partner_id for admin in admins)),
        elsewhere=_elsewhere(members),
        manages=_managed(members),
        sources=_sources(members),
        credentials=credentials,
        issued=issued,
    )


def _sessions(members: Sequence[Membership], settings: Settings) -> Sequence[LoginSession]:
    """Open sessions that work in these places now."""
    theirs = LoginSession.user_id.in_([member.user_id for member in members])
    here = LoginSession.membership_id.in_([member.id for member in members])
    return sessions.still_open(settings, theirs, here, most=MOST)


def _invites(members: Sequence[Membership]) -> tuple[Sequence[Invite], int]:
    """Find the invites that end: the first of them, and how many they are."""
    sent = Invite.sent_by_id.in_([member.id for member in members])
    return _first(select(Invite).where(sent, pending_invites()), Invite)


def _credentials(members: Sequence[Membership]) -> tuple[Sequence[Credential], int]:
    """Find what they issued and what still works, as the invites are found."""
    theirs = Credential.created_by_id.in_([member.id for member in members])
    query = select(Credential).where(theirs, Credential.name != CONSOLE, usable())
    return _first(query, Credential, joinedload(Credential.source))


def _first(query: Select[Any], model: Any, *options: Any) -> tuple[Sequence[Any], int]:  # noqa: ANN401
    """Name the first few and count them, in one statement."""
    named = query.add_columns(capped(query, model.id, COUNTED)).options(*options)
    found = db.session.execute(named.order_by(model.id).limit(NAMED)).all()
    return [row[0] for row in found], found[0][1] if found else 0


def _admins_left(members: Sequence[Membership]) -> Sequence[Membership]:
    found = (
        select(Membership)
        .join(Membership.user)
        .where(last_admin.others(members))
        .options(contains_eager(Membership.user))
        .order_by(User.name)
    )
    return db.session.scalars(found).all()


def _elsewhere(members: Sequence[Membership]) -> Sequence[Membership]:
    found = (
        select(Membership)
        .where(
            Membership.user_id.in_([member.user_id for member in members]),
            Membership.id.not_in([member.id for member in members]),
            Membership.removed_at.is_(None),
        )
        .options(joinedload(Membership.partner))
        .order_by(Membership.id)
        .limit(MOST)
    )
    return db.session.scalars(found).all()


def _managed(members: Sequence[Membership]) -> int:
    if all(member.role.is_partner_role for member in members):
        return 0
    managed = Partner.account_manager_id.in_([member.id for member in members])
    rows = select(Partner).where(managed)
    return db.session.execute(select(capped(rows, Partner.id))).scalar_one()


def _sources(members: Sequence[Membership]) -> int:
    """Add up what their partners have."""
    partners = {member.partner_id for member in members if member.partner_id is not None}
    if not partners:
        return 0
    theirs = select(func.sum(Partner.source_count)).where(Partner.id.in_(partners))
    return db.session.execute(theirs).scalar_one() or 0
