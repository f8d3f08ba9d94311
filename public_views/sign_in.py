"""Signing in and out."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from guard import local_path
from incoming import READS
from models import db
from operations import own_sessions, sessions, sign_ins
from operations.refusal import Invalid, TooMany
from visitor import address, keep, settings, visitor

views = Blueprint("sign_in", __name__)

#: What the page may say when one of our own answers leads to it.
SAID = frozenset({"signed_out", "reset"})


class SignIn(Form):
    """Who it is, and where they were going."""

    email = StringField("E-mail address", [InputRequired("Enter your address."), Length(max=254)])
    password = PasswordField("Password", [InputRequired("Enter your password.")])
    next = HiddenField()


@views.route("/login", methods=("GET", "POST"))
def login() -> ResponseReturnValue:
    """Ask for address and password, and begin a session."""
    form = SignIn(request.form, next=request.args.get("next"))
    where = local_path(form.next.data, url_for("front.home"))
    if request.method in READS:
        return redirect(where) if visitor() else _greeting(form)
    if not form.validate():
        return _page(form, 422)
    try:
        _begin(form)
    except (Invalid, TooMany) as refusal:
        return _refused(form, refusal)
    return redirect(where, 303)


def _begin(form: SignIn) -> None:
    """Sign in; a session that this browser had before ends, and nothing of it is kept."""
    before = visitor()
    attempt = sign_ins.admit(form.email.data, address(), settings())
    db.session.commit()
    agent = request.user_agent.string
    key, signed_in = sign_ins.begin(attempt, form.password.data, address(), agent, settings())
    if before is not None:
        own_sessions.sign_out(before, address())
    db.session.commit()
    keep(key, signed_in)


def _refused(form: SignIn, refusal: Invalid | TooMany) -> ResponseReturnValue:
    db.session.rollback()
    form.form_errors.append(refusal.sentence)
    answer = _page(form, refusal.status)
    if isinstance(refusal, TooMany):
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def _greeting(form: SignIn) -> Any:  # noqa: ANN401
    """Say why the person stands at the door, as far as this browser's own cookie knows.

    Who only idled finds their address filled in.
    """
    said = request.args.get("reason")
    if said in SAID:
        return _page(form, reason=said)
    key = session.get("_user_id")
    over, form.email.data = sessions.why_key_is_over(key, settings()) if key else ("", "")
    return _page(form, reason=over or ("needed" if form.next.data else None))


def _page(form: SignIn, status: int = 200, reason: str | None = None) -> Any:  # noqa: ANN401
    page = render_template(
        "public/sign_in.html",
        form=form,
        url=url_for("sign_in.login"),
        forgot_url=url_for("password_reset.forgot"),
        reason=reason,
        hours=settings().session_hours,
    )
    return make_response(page, status)


@views.post("/logout")
def logout() -> ResponseReturnValue:
    """End the session here and on the server."""
    signed_in = visitor()
    if signed_in is not None:
        own_sessions.sign_out(signed_in, address())
        db.session.commit()
    session.clear()
    return redirect(url_for("sign_in.login", reason="signed_out"), 303)
