"""The front door: `/` leads to the panel that fits; health for whoever watches the service."""

from flask import Blueprint, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from models import db
from operations import sessions
from visitor import visitor

views = Blueprint("front", __name__)


@views.get("/")
def home() -> ResponseReturnValue:
    """Lead to the panel that fits, or to sign-in."""
    signed_in = visitor()
    if signed_in is None:
        return redirect(url_for("sign_in.login"))
    place = signed_in.place or sessions.settle(signed_in)
    if place is None:
        return redirect(url_for("account.index_view"))
    return redirect(url_for("portal.index_view" if place.partner else "dashboard.index_view"))


@views.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer as long as the process is up."""
    return jsonify(status="ok")


@views.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Answer as long as the database does."""
    db.session.execute(text("SELECT 1"))
    return jsonify(status="ok")
