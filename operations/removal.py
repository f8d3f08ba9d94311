"""What removing some members would change and what stays, counted before anybody confirms."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, literal, select, true
from sqlalchemy.orm import aliased, contains_eager, joinedload

from config import Settings
from models import Credential, Invite, LoginSession, Membership, Partner, User, db
from models.counting import capped
from models.invite import pending_invites
from operations import last_admin, sessions
from operations.credentials import usable
from operations.issuing import CONSOLE

#: As many as a page names; further ones are only counted.
NAMED = 200


@dataclass(frozen=True)
class Consequences:
    """Everything the page says before the button is pressed."""

    sessions: Sequence[LoginSession]
    invites: Sequence[Invite]
    #: How many those are, with the ones that are not named; counted no further than the cap.
    invited: int
    #: Other people's Admin memberships in the same places.
    admins_left: Sequence[Membership]
    #: Those whose place is left without any Admin.
    bereft: Sequence[Membership]
    #: The same people's other memberships, as far as the reader's scope reaches.
    elsewhere: Sequence[Membership]
    #: How many partners they are account manager of, counted as far.
    manages: int
    #: How many sources their partners have; those stay.
    sources: int
    #: What they issued and what still works, with its source; it stays too.
    credentials: Sequence[Credential]


def consequences(members: Sequence[Membership], settings: Settings) -> Consequences:
    """Count what a removal changes. The scope keeps other tenants and partners out."""
    admins = _admins_left(members)
    sources, credentials = _sources_and_credentials(members)
    invites, invited = _invites(members)
    return Consequences(
        sessions=_sessions(members, settings),
        invites=invites,
        invited=invited,
        admins_left=admins,
        bereft=last_admin.bereft(members, (admin.partner_id for admin in admins)),
        elsewhere=_elsewhere(members),
        manages=_managed(members),
        sources=sources,
        credentials=credentials,
    )


def _sessions(members: Sequence[Membership], settings: Settings) -> Sequence[LoginSession]:
    """Open sessions that work in these places now."""
    theirs = LoginSession.user_id.in_([member.user_id for member in members])
    here = LoginSession.membership_id.in_([member.id for member in members])
    return sessions.still_open(settings, theirs, here, most=NAMED)


def _invites(members: Sequence[Membership]) -> tuple[Sequence[Invite], int]:
    """Find the first of the invites that end, and count them, in one statement."""
    sent = Invite.sent_by_id.in_([member.id for member in members])
    query = select(Invite).where(sent, pending_invites())
    first = query.add_columns(capped(query, Invite.id)).order_by(Invite.id).limit(NAMED)
    found = db.session.execute(first).all()
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
        .limit(NAMED)
    )
    return db.session.scalars(found).all()


def _managed(members: Sequence[Membership]) -> int:
    if all(member.role.is_partner_role for member in members):
        return 0
    managed = Partner.account_manager_id.in_([member.id for member in members])
    rows = select(Partner).where(managed)
    return db.session.execute(select(capped(rows, Partner.id))).scalar_one()


def _sources_and_credentials(members: Sequence[Membership]) -> tuple[int, Sequence[Credential]]:
    """Count their partners' sources, and find what they issued, in one statement."""
    partners = {member.partner_id for member in members if member.partner_id is not None}
    theirs = select(func.sum(Partner.source_count)).where(Partner.id.in_(partners))
    sources = func.coalesce(theirs.scalar_subquery(), 0)
    of_members = Credential.created_by_id.in_([member.id for member in members])
    first = (
        select(Credential)
        .where(of_members, Credential.name != CONSOLE, usable())
        .order_by(Credential.id)
        .limit(NAMED)
    )
    issued = aliased(Credential, first.subquery())
    found = db.session.execute(
        select(sources, issued)
        .select_from(select(literal(1)).subquery())
        .outerjoin(issued, true())
        .options(joinedload(issued.source))
        .order_by(issued.id)
    ).all()
    return found[0][0], [row[1] for row in found if row[1]]
