"""A forgotten password: asking for a link, and setting a new password with it."""

from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response
from wtforms import Form, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from incoming import READS
from models import PasswordReset, ResetState, db
from operations import accounts, passwords, resets
from operations.refusal import Gone, Invalid
from visitor import address, settings

views = Blueprint("password_reset", __name__)


class Forgot(Form):
    """Whose password it is."""

    email = StringField("E-mail address", [InputRequired("Enter your address."), Length(max=254)])


class NewPassword(Form):
    """The new one; what it has to meet is said by operations/passwords.py."""

    password = PasswordField(
        "New password",
        [InputRequired("Choose a password.")],
        description=passwords.ADVICE,
    )


@views.route("/forgot", methods=("GET", "POST"))
def forgot() -> ResponseReturnValue:
    """Mail a link, and say the same whether or not the address has an account."""
    form = Forgot(request.form)
    if request.method in READS:
        return _forgot_page(form, sent="sent" in request.args)
    if not form.validate():
        return _forgot_page(form, 422)
    accounts.ask_reset(form.email.data, settings())
    db.session.commit()
    return redirect(url_for("password_reset.forgot", sent=1), 303)


def _forgot_page(form: Forgot, status: int = 200, *, sent: bool = False) -> Response:
    page = render_template(
        "public/forgot.html",
        form=form,
        sent=sent,
        is_mailed=bool(settings().mail_server),
        url=url_for("password_reset.forgot"),
        sign_in_url=url_for("sign_in.login"),
    )
    return make_response(page, status)


@views.after_request
def keep_the_token(response: Any) -> Any:  # noqa: ANN401 - Flask's own answer
    """Tell no other page the address: it holds the token."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@views.get("/reset/<token>")
def reset(token: str) -> ResponseReturnValue:
    """Ask for the new password. Mail scanners open links: nothing changes here."""
    found = resets.find(token)
    return _reset_page(token, NewPassword()) if _is_live(found) else _dead(found)


@views.post("/reset/<token>")
def set_password(token: str) -> ResponseReturnValue:
    """Set the new password, once; the person then signs in with it."""
    found, form = resets.find(token), NewPassword(request.form)
    db.session.commit()  # so that nobody waits for the database while the password is hashed
    if found is None or not _is_live(found):
        return _dead(found)
    if not form.validate():
        return _reset_page(token, form, 422)
    try:
        accounts.use_reset(found, form.password.data, address(), settings())
    except Invalid as refusal:
        form.password.errors = [refusal.sentence]
        return _reset_page(token, form, 422)
    except Gone:
        return _dead(resets.find(token))
    db.session.commit()
    session.clear()
    return redirect(url_for("sign_in.login", reason="reset"), 303)


def _is_live(found: PasswordReset | None) -> bool:
    return found is not None and found.state is ResetState.LIVE


def _reset_page(token: str, form: NewPassword, status: int = 200) -> Response:
    url = url_for("password_reset.set_password", token=token)
    return make_response(render_template("public/reset.html", form=form, url=url), status)


def _dead(found: PasswordReset | None) -> Response:
    """Say what happened to the link; an unknown one gets words that fit every case."""
    page = render_template(
        "public/dead_link.html",
        kind="reset",
        state=found.state.value if found else "unknown",
        since=(found.used_at or found.expires_at) if found else None,
        forgot_url=url_for("password_reset.forgot"),
        sign_in_url=url_for("sign_in.login"),
    )
    return make_response(page, Gone.status)
