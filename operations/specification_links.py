"""Specification links: shared, mailed, revoked; they open one source's specification."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from models import (
    Letter,
    Membership,
    Source,
    SpecificationLink,
    Tenant,
    db,
    engine,
    now,
)
from models.base import new_id
from models.bulk import rows_changed
from operations import audit, outbox, sessions
from operations.invite_mail import new_token
from operations.refusal import Forbidden, Gone, Invalid, MadeAlready, Refusal, TooMany
from policy import Actor, Permission, may

#: So many people are mailed at once, and each of them so often in a day.
MOST, MAILS_PER_DAY = 20, 5
DAY = timedelta(days=1)
LETTER = "specification"


def live() -> ColumnElement[bool]:
    """Criterion for the links that open the page now."""
    return and_(SpecificationLink.revoked_at.is_(None), SpecificationLink.expires_at > now())


def of_source(source: Source, most: int) -> list[SpecificationLink]:
    """List the links that show this source now, the newest first, with who made them."""
    found = (
        showing(source)
        .options(joinedload(SpecificationLink.created_by).joinedload(Membership.user))
        .order_by(SpecificationLink.id.desc())
        .limit(most)
    )
    return list(db.session.scalars(found))


def showing(source: Source) -> Select[SpecificationLink]:
    """Select a source's live links that are meant for whom it is with, or for nobody in particular.

    Others were made for a partner that it was with before, and are none of the present one's.
    """
    partner_id = meant_for()
    is_theirs = or_(partner_id.is_(None), partner_id == source.partner_id)
    return select(SpecificationLink).where(
        SpecificationLink.source_id == source.id, live(), is_theirs
    )


def meant_for() -> ColumnElement[uuid.UUID | None]:
    """Name the partner whose people a link is for; nothing where it is for nobody in particular."""
    return func.coalesce(
        _partner_of(Letter, SpecificationLink.letter_id),
        _partner_of(Membership, SpecificationLink.created_by_id),
    )


def _partner_of(kind: Any, name: Any) -> ScalarSelect[uuid.UUID]:  # noqa: ANN401 - model, column
    """Name the partner of a link's letter or creator.

    Not as an entity: partner people see no row of another partner's, and such a link would seem
    to be for nobody in particular.
    """
    row = kind.__table__.c
    own = (row.tenant_id == SpecificationLink.tenant_id, row.id == name)
    return select(row.partner_id).where(*own).correlate(SpecificationLink).scalar_subquery()


def share(actor: Actor, source: Source, days: int, link_id: uuid.UUID | None = None) -> str:
    """Make a link and return its token, which is shown once and kept as a hash.

    Whoever asks twice with one `link_id` gets one link.
    """
    _check_may(actor, source)
    token = new_token(db.session.get_one(Tenant, actor.tenant_id))
    try:
        with db.session.begin_nested():
            link = _new(
                actor,
                source,
                days,
                id=link_id or new_id(),
                token_hash=sessions.fingerprint(token),
            )
    except IntegrityError as error:  # of the primary key
        raise MadeAlready("This link was made already, and it was shown.") from error
    audit.record(actor, "specification.shared", source, after={"expires_at": link.expires_at})
    return token


def mail(actor: Actor, source: Source, members: Sequence[Membership], days: int) -> None:
    """Mail a link of their own to each of these people of the source's partner."""
    _check_may(actor, source)
    if not may(actor, Permission.USERS_VIEW):
        raise Forbidden("Your role does not include the partner's users.")
    if not 0 < len(members) <= MOST:
        raise Invalid("member", f"Choose at least one person, and at most {MOST}.")
    if any(member.partner_id != source.partner_id or member.removed_at for member in members):
        raise Refusal("One of these people is not with the source's partner any more. Look again.")
    _check_room([member.user.email for member in members])
    for member in members:
        _mail(actor, source, member, days)
    to = [member.user.email for member in members]
    audit.record(actor, "specification.mailed", source, after={"to": to})


def _check_room(emails: Sequence[str]) -> None:
    """Refuse to fill somebody's mailbox. Whoever mails at the same moment waits, and is counted."""
    engine.take_turns(db.session, *(f"specification mails to {email}" for email in emails))
    full = (
        select(Letter.to_email)
        .where(
            Letter.to_email.in_(emails),
            Letter.kind == LETTER,
            Letter.queued_at > now() - DAY,
        )
        .group_by(Letter.to_email)
        .having(func.count() >= MAILS_PER_DAY)
    )
    if email := db.session.scalar(full.limit(1)):
        raise TooMany(f"{email} got {MAILS_PER_DAY} specifications in a day. Try again tomorrow.")


def _mail(actor: Actor, source: Source, member: Membership, days: int) -> None:
    letter = outbox.write(
        LETTER,
        member.user,
        partner_id=source.partner_id,
        person=actor.name,
        # Partner people know staff by name, without an address.
        person_email="" if actor.is_staff else actor.email,
        source=source.name,
        expires=now() + timedelta(days=days),
    )
    letter.id = new_id()
    db.session.flush()
    _new(actor, source, days, letter_id=letter.id, email=member.user.email)


def _new(actor: Actor, source: Source, days: int, **values: object) -> SpecificationLink:
    link = SpecificationLink(
        tenant_id=actor.tenant_id,
        source_id=source.id,
        created_by_id=actor.membership_id,
        expires_at=now() + timedelta(days=days),
        **values,
    )
    # The scope asks whose the source is before the row is stored.
    set_committed_value(link, "source", source)
    db.session.add(link)
    db.session.flush()
    return link


def revoke(actor: Actor, source: Source, link: SpecificationLink) -> None:
    """Make the link lead nowhere, at once."""
    _check_may(actor, source)
    this = (SpecificationLink.tenant_id == link.tenant_id, SpecificationLink.id == link.id)
    changed = rows_changed(
        db.session,
        update(SpecificationLink)
        .where(*this, live())
        .values(revoked_at=now())
        .execution_options(synchronize_session=False),
    )
    if not changed:
        raise Refusal("This link has ended already.")
    if link.letter_id:
        outbox.withdraw(link.letter_id)
    to = {"to": link.email} if link.email else {}
    after = {"expires_at": link.expires_at, **to}
    audit.record(actor, "specification.revoked", source, after=after)


def fresh_link(letter: Letter) -> str:
    """Make the token of the link that this letter carries.

    Called by whoever mails the letter, in a transaction that is committed before it leaves.
    Raises Gone when the link was revoked or has expired meanwhile.
    """
    token = new_token(db.session.get_one(Tenant, letter.tenant_id))
    changed = rows_changed(
        db.session,
        update(SpecificationLink)
        .where(
            SpecificationLink.tenant_id == letter.tenant_id,
            SpecificationLink.letter_id == letter.id,
            live(),
        )
        .values(token_hash=sessions.fingerprint(token)),
    )
    if not changed:
        raise Gone("The link of this letter has ended.")
    return token


def _check_may(actor: Actor, source: Source) -> None:
    if not may(actor, Permission.SOURCES_SPEC):
        raise Forbidden("Your role does not include the specification.")
    if source.deleted_at:
        raise Refusal(f"“{source.name}” is deleted. It takes no calls, so there is nothing to say.")
