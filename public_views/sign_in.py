"""Signing in and out."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user

from models import db
from operations import accounts, sessions
from visitor import Visitor, address, settings, visitor

views = Blueprint("sign_in", __name__)


@views.route("/login", methods=("GET", "POST"))
def login() -> ResponseReturnValue:
    """Ask for address and password."""
    if request.method == "GET":
        return render_template("public/sign_in.html")
    user = accounts.sign_in(request.form["email"], request.form["password"], address(), settings())
    key = sessions.begin(user, address(), request.user_agent.string)
    db.session.commit()
    session.clear()
    login_user(Visitor(key, sessions.resume(key, settings())))
    return redirect(url_for("front.home"), 303)


@views.post("/logout")
def logout() -> ResponseReturnValue:
    """End the session here and on the server."""
    signed_in = visitor()
    if signed_in is not None:
        sessions.end(signed_in.session.id)
        db.session.commit()
    session.clear()
    return redirect(url_for("sign_in.login"), 303)
