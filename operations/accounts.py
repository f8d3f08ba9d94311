"""Accounts: people, their names and passwords, and the links that set a forgotten one."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import aliased

from config import Settings
from models import (
    AccountLetter,
    PasswordReset,
    ResetState,
    SignInAttempt,
    User,
    across_tenants,
    db,
    now,
)
from models.base import key_of, new_secret
from models.user import Theme
from operations import audit, outbox, passwords, resets, sessions
from operations.places import Place, places_of
from operations.refusal import Gone, Refusal
from operations.sessions import SignedIn
from operations.typed import line

LONGEST_NAME = 120
ATTEMPTS_KEPT = timedelta(days=1)


def create(email: str, name: str, password: str, settings: Settings) -> User:
    """Make an account. Raises Invalid when the name or the password breaks a rule."""
    name = _read_name(name)
    passwords.check_new(password, email)
    user = User(email=email, name=name, password_hash=passwords.hashed(password, settings))
    db.session.add(user)
    db.session.flush()
    return user


def _read_name(text: str) -> str:
    """Read a name that others will know the person by, in panels, letters and history."""
    return line("name", text, LONGEST_NAME, needed="Enter your name.")


def find(email: str) -> User | None:
    """Find the account of an address, ignoring case."""
    return db.session.scalar(select(User).where(User.email_key == key_of(email)))


def rename(signed_in: SignedIn, name: str, address: str) -> None:
    """Change what the person is called, everywhere they are a member. Raises Invalid."""
    name = _read_name(name)
    user = db.session.get_one(User, signed_in.user.id)
    if (before := user.name) == name:
        return
    user.name = name
    _record(user, signed_in.places, "account.renamed", address, before=before)


def choose_theme(signed_in: SignedIn, theme: Theme) -> None:
    """Keep how the panel looks to this person; nobody else is concerned, so no audit."""
    db.session.execute(update(User).where(User.id == signed_in.user.id).values(theme=theme))


def change_password(signed_in: SignedIn, password: str, address: str, settings: Settings) -> None:
    """Set a new password and end every other session.

    The current password was checked before (sign_ins.check); one that another request
    replaced in between is not replaced again.
    """
    user = signed_in.user
    passwords.check_new(password, user.email)
    stored = passwords.hashed(password, settings)
    if not replace_hash(user, stored, password_changed_at=now()):
        raise Refusal("Your password was changed elsewhere at the same moment.")
    sessions.end_all(user.id, besides=signed_in.session.id)
    _tell(user, signed_in.places, "account.password_changed", address)


def replace_hash(user: User, stored: str, **values: object) -> bool:
    """Store another hash, unless the one that was checked is gone or the person suspended."""
    changed = db.session.execute(
        update(User)
        .where(
            User.id == user.id,
            User.password_hash == user.password_hash,
            User.suspended_at.is_(None),
        )
        .values(password_hash=stored, **values)
        .returning(User.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


def ask_reset(email: str, settings: Settings) -> None:
    """Queue a link for a new password, if the address has an account; nobody learns whether."""
    user = find(email)
    if user is None or user.suspended_at or resets.asked_too_often(user, settings):
        resets.pretend(email, settings)
        return
    resets.end_all(user)
    resets.begin(user)


def fresh_reset_link(letter: AccountLetter) -> str:
    """Make the token of a letter that is about to leave; its hour begins now.

    An earlier token of the letter stops working. Raises Gone where the letter must not leave
    any more: the link was used, or a later letter replaced it.
    """
    token, later = new_secret(), aliased(PasswordReset)
    replaced = select(later.id).where(
        later.user_id == PasswordReset.user_id, later.id > PasswordReset.id
    )
    changed = db.session.execute(
        update(PasswordReset)
        .where(
            PasswordReset.letter_id == letter.id,
            PasswordReset.used_at.is_(None),
            ~replaced.exists(),
        )
        .values(token_hash=sessions.fingerprint(token), expires_at=now() + resets.LIFETIME)
        .returning(PasswordReset.id)
        .execution_options(synchronize_session=False)
    )
    if changed.first() is None:
        raise Gone(resets.DEAD_LINK)
    return token


def use_reset(reset: PasswordReset, password: str, address: str, settings: Settings) -> None:
    """Set the password with a link, once, and end every session. Raises Invalid or Gone."""
    user = reset.user
    if reset.state is not ResetState.LIVE:
        raise Gone(resets.DEAD_LINK)
    passwords.check_new(password, user.email)
    stored = passwords.hashed(password, settings)
    resets.claim(reset)
    db.session.execute(
        update(User)
        .where(User.id == user.id)
        .values(password_hash=stored, password_changed_at=now())
        .execution_options(synchronize_session=False)
    )
    sessions.end_all(user.id)
    _tell(user, places_of(user), "account.password_reset", address)


def _tell(user: User, places: Sequence[Place], kind: str, address: str) -> None:
    """After a password changed: no link is left, the person gets a letter, tenants an event."""
    resets.end_all(user)
    outbox.queue_for_account(user, "password_changed", when=now().isoformat(), from_address=address)
    _record(user, places, kind, address)


def _record(
    user: User, places: Sequence[Place], kind: str, address: str, before: str | None = None
) -> None:
    """One event in each place of the person: an account belongs to no tenant of its own."""
    old, new = ({"name": before}, {"name": user.name}) if before else (None, None)
    with across_tenants(db.session):
        for place in places:
            who = place.actor(user, address)
            audit.record(who, kind, user, partner_id=who.partner_id, before=old, after=new)


def forget_old_attempts() -> None:
    """Delete the attempts to sign in that no limit counts any more. For the jobs."""
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.at < now() - ATTEMPTS_KEPT))
