"""Password resets: the links that set a forgotten password, each once and for an hour."""

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from config import Settings
from models import PasswordReset, SignInAttempt, User, db, now
from models.base import key_of, new_id
from operations import outbox, sessions
from operations.refusal import Gone

LIFETIME = timedelta(hours=1)
DEAD_LINK = "This link does not work any more."


def begin(user: User) -> PasswordReset:
    """Queue the letter; the worker makes the link's token when the letter leaves."""
    letter = outbox.queue_for_account(user, "password_reset")
    reset = PasswordReset(user_id=user.id, letter_id=letter.id, expires_at=now() + LIFETIME)
    db.session.add(reset)
    db.session.flush()
    return reset


def asked_too_often(user: User, settings: Settings) -> bool:
    """Count with the person's row held, so that two requests do not count the same."""
    _hold(user)
    recent = select(func.count()).where(
        PasswordReset.user_id == user.id, PasswordReset.created_at > now() - timedelta(days=1)
    )
    return (db.session.scalar(recent) or 0) >= settings.resets_per_day


def pretend(email: str, settings: Settings) -> None:
    """Do as much work as for a link that is sent, so that the clock tells nobody either."""
    nobody = User(id=new_id(), email=email, name="")
    asked_too_often(nobody, settings)
    end_all(nobody)
    # Forgotten after a day; one that succeeded counts for no limit.
    db.session.add(SignInAttempt(email_key=key_of(email), address="", succeeded=True))
    db.session.flush()
    outbox.pretend(nobody)


def _hold(user: User) -> None:
    db.session.execute(select(User.id).where(User.id == user.id).with_for_update())


def find(token: str) -> PasswordReset | None:
    """Find what a link belongs to, dead or alive."""
    return db.session.scalar(
        select(PasswordReset)
        .options(joinedload(PasswordReset.user))
        .where(PasswordReset.token_hash == sessions.fingerprint(token))
    )


def claim(reset: PasswordReset) -> None:
    """Of any number of requests with one link, one gets past here.

    The person's row is held first, in the order in which every change of a password does.
    """
    _hold(reset.user)
    moment = now()
    claimed = db.session.execute(
        update(PasswordReset)
        .where(
            PasswordReset.id == reset.id,
            PasswordReset.token_hash == reset.token_hash,
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > moment,
        )
        .values(used_at=moment)
        .returning(PasswordReset.id)
        .execution_options(synchronize_session=False)
    )
    if claimed.first() is None:
        raise Gone(DEAD_LINK)


def end_all(user: User) -> None:
    """Only the link in the latest mail works, and none after the password changed."""
    moment = now()
    db.session.execute(
        update(PasswordReset)
        .where(PasswordReset.user_id == user.id, PasswordReset.expires_at > moment)
        .values(expires_at=moment)
        .execution_options(synchronize_session=False)
    )
    outbox.withdraw_for_account(user, "password_reset")
