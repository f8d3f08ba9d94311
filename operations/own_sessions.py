"""One's own sessions: listed, and ended one by one or all at once."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select

from config import Settings
from models import LoginSession, db
from operations import sessions
from operations.refusal import Refusal
from operations.sessions import SignedIn
from operations.sign_ins import record

#: A person with more open sessions than this ends them all at once.
SHOWN = 50


def open_ones(signed_in: SignedIn, settings: Settings) -> Sequence[LoginSession]:
    """List the sessions that still hold, the one being used first."""
    own = LoginSession.user_id == signed_in.user.id
    in_use = LoginSession.id == signed_in.session.id
    return sessions.still_open(settings, own, most=SHOWN, first=[in_use])


def sign_out(signed_in: SignedIn, address: str) -> None:
    """End the session being used."""
    if sessions.end_where(LoginSession.id == signed_in.session.id):
        record(signed_in, "session.ended", address)


def find(signed_in: SignedIn, session_id: uuid.UUID) -> LoginSession | None:
    """Find one of one's own; somebody else's looks as if there were none."""
    own = LoginSession.user_id == signed_in.user.id
    return db.session.scalar(select(LoginSession).where(own, LoginSession.id == session_id))


def end_one(signed_in: SignedIn, row: LoginSession, address: str) -> None:
    """End one of one's own. Raises Refusal when it had ended."""
    own = LoginSession.user_id == signed_in.user.id
    if not sessions.end_where(own, LoginSession.id == row.id):
        raise Refusal("That session had ended already.")
    record(signed_in, "session.ended", address, row)


def end_others(signed_in: SignedIn, address: str) -> int:
    """End every other session, and say how many there were."""
    ended = sessions.end_where(
        LoginSession.user_id == signed_in.user.id, LoginSession.id != signed_in.session.id
    )
    if ended:
        record(signed_in, "session.ended_others", address, sessions=len(ended))
    return len(ended)


def end_everywhere(signed_in: SignedIn, address: str) -> None:
    """End every session, the one being used too."""
    ended = sessions.end_where(LoginSession.user_id == signed_in.user.id)
    record(signed_in, "session.ended_everywhere", address, sessions=len(ended))
