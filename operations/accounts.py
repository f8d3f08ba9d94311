"""Accounts: people, their passwords, and signing in."""

from sqlalchemy import select

from config import Settings
from models import User, db
from models.base import key_of
from operations import passwords
from operations.refusal import Invalid

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
