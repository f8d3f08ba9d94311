"""Accounts: people, their passwords, and signing in."""

from datetime import timedelta

from sqlalchemy import delete, select, update

from config import Settings
from models import AccountLetter, PasswordReset, SignInAttempt, User, db, now
from models.base import key_of, new_secret
from operations import passwords, sessions
from operations.refusal import Gone, Invalid

WRONG = "The address or the password is not right."


def create(email: str, name: str, password: str, settings: Settings) -> User:
    """Make an account. Raises Invalid when the password breaks a rule."""
    passwords.check_new(password, email)
    user = User(email=email, name=name, password_hash=passwords.hashed(password, settings))
    db.session.add(user)
    db.session.flush()
    return user


def find(email: str) -> User | None:
    """Find the account of an address, ignoring case."""
    return db.session.scalar(select(User).where(User.email_key == key_of(email)))


def sign_in(email: str, password: str, address: str, settings: Settings) -> User:
    """Check address and password. Raises Invalid with one and the same sentence."""
    user = find(email)
    if user is None or not passwords.fits(password, user.password_hash, settings):
        raise Invalid("email", WRONG)
    return user


def fresh_reset_link(letter: AccountLetter) -> str:
    """Make the token of a letter that is about to leave; its hour begins now.

    Raises Gone where the letter must not leave any more.
    """
    token = new_secret()
    changed = db.session.execute(
        update(PasswordReset)
        .where(PasswordReset.letter_id == letter.id, PasswordReset.used_at.is_(None))
        .values(token_hash=sessions.fingerprint(token), expires_at=now() + timedelta(hours=1))
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise Gone("This link does not work any more.")
    return token


def forget_old_attempts() -> None:
    """Delete the attempts to sign in that no limit counts any more. For the jobs."""
    old = SignInAttempt.at < now() - timedelta(days=1)
    db.session.execute(delete(SignInAttempt).where(old))
