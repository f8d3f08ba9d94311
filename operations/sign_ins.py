"""Signing in: the limit, the check, and the session that begins.

Three steps, so that nobody else waits for the database while a password is hashed: `admit`,
then a commit, then `check`, which asks the database nothing, then `begin` and its commit.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, select, update

from config import Settings
from models import LoginSession, SignInAttempt, User, across_tenants, db, now
from models.base import key_of
from models.engine import take_turns
from operations import accounts, audit, passwords, sessions
from operations.devices import device
from operations.refusal import Invalid, TooMany
from operations.sessions import SignedIn

WRONG = "The address or the password is not right."
TOO_MANY = "Too many attempts. Wait a few minutes, then try again."
WINDOW = timedelta(minutes=5)


@dataclass(frozen=True)
class Attempt:
    """Somebody who may now be checked; `user` is None where the address has no account."""

    id: uuid.UUID
    user: User | None


def admit(email: str, address: str, settings: Settings) -> Attempt:
    """Count this attempt before anything is hashed. Raises TooMany.

    It counts as failed until it succeeds, so that a hundred at once are not all let through.
    """
    email_key = key_of(email)
    take_turns(db.session, f"sign-in for {email_key}", f"sign-in from {address}")
    for criterion in (SignInAttempt.email_key == email_key, SignInAttempt.address == address):
        _refuse_too_many(criterion, settings.sign_in_attempts)
    row = SignInAttempt(email_key=email_key, address=address)
    db.session.add(row)
    db.session.flush()
    return Attempt(row.id, accounts.find(email))


def _refuse_too_many(criterion: ColumnElement[bool], limit: int) -> None:
    """Only attempts that failed count: a whole office may sign in from one address."""
    failed = (
        select(SignInAttempt.at)
        .where(criterion, SignInAttempt.succeeded.is_(False), SignInAttempt.at > now() - WINDOW)
        .order_by(SignInAttempt.at.desc())
        .limit(limit)
    )
    times = db.session.scalars(failed).all()
    if len(times) >= limit:
        wait = times[-1] + WINDOW - now()
        raise TooMany(TOO_MANY, retry_after=max(1, round(wait.total_seconds()) + 1))


def check(attempt: Attempt, password: str, settings: Settings) -> User:
    """Check the password; as much work and the same sentence for an address without account."""
    user = attempt.user
    stored = user.password_hash if user else passwords.nobodys(settings)
    fits = passwords.fits(password, stored, settings)
    if user is None or user.suspended_at or not fits:
        raise Invalid("password", WRONG)
    return user


def succeed(attempt: Attempt) -> None:
    """Note that the password was right, so that the attempt no longer counts."""
    db.session.execute(
        update(SignInAttempt)
        .where(SignInAttempt.id == attempt.id)
        .values(succeeded=True)
        .execution_options(synchronize_session=False)
    )


def begin(
    attempt: Attempt, password: str, address: str, user_agent: str, settings: Settings
) -> tuple[str, SignedIn]:
    """Open the session in the person's first place; return its key and what it found.

    Checks first, and hashes again where the parameters changed. Of a sign-in and a change of
    the password at the same moment one comes first: a session never outlives its password.
    """
    user = check(attempt, password, settings)
    renewed = passwords.renewed(password, user.password_hash, settings)
    if not accounts.replace_hash(user, renewed):
        raise Invalid("password", WRONG)
    succeed(attempt)
    return open_session(user, address, user_agent, settings)


def open_session(
    user: User,
    address: str,
    user_agent: str,
    settings: Settings,
    membership_id: uuid.UUID | None = None,
) -> tuple[str, SignedIn]:
    """Open a session without asking for a password: for `begin`, and for a fresh account.

    It begins in the place of `membership_id`, or in the person's first.
    """
    key = sessions.begin(user, address, user_agent)
    signed_in = sessions.resume(key, settings)
    if signed_in is None:
        raise Invalid("password", WRONG)
    wanted = [place for place in signed_in.places if place.membership.id == membership_id]
    for place in [*wanted, *signed_in.places][:1]:
        sessions.choose(signed_in, place)
        record(signed_in, "session.began", address)
    return key, signed_in


def record(
    signed_in: SignedIn,
    kind: str,
    address: str,
    session: LoginSession | None = None,
    **after: int,
) -> None:
    """Record what happened to a session, in the place that the person works in."""
    place, subject = signed_in.place, session or signed_in.session
    if place is None:
        return
    who, name = place.actor(signed_in.user, address), device(subject.device)
    with across_tenants(db.session):
        audit.record(who, kind, subject, name=name, partner_id=who.partner_id, after=after)
