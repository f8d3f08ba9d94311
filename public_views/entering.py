"""Letting somebody in: a fresh session in the database, a fresh cookie in the browser."""

from flask import request, session
from flask_login import login_user

from models import User, db
from operations import sessions
from operations.sessions import Place
from visitor import Visitor, address, settings


def begin_session(user: User, place: Place) -> None:
    """Sign the person in, at work in this place. Commits, with all that led to it."""
    key = sessions.begin(user, address(), request.user_agent.string)
    signed_in = sessions.resume(key, settings())
    if signed_in is None:
        raise LookupError("a session ended in the transaction that began it")
    sessions.choose(signed_in, place)
    db.session.commit()
    session.clear()
    login_user(Visitor(key, signed_in))
