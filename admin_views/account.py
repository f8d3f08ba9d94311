"""A person's own account, whichever panel they work in: name, password, sessions, memberships."""

from typing import Any

from flask import abort, flash, redirect, request, session, url_for
from werkzeug.wrappers import Response
from wtforms import Form, PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from admin_views.account_lists import memberships, sessions_list
from admin_views.base import Panel, Screen, deed, now_at, page, parsed
from admin_views.words import plural
from guard import came_from
from models import LoginSession, Membership, db
from models.user import Theme
from operations import accounts, own_sessions, passwords, sessions, sign_ins
from operations.refusal import Invalid
from operations.sessions import SignedIn
from policy import Permission
from visitor import act_as, address, own_actor, settings, visitor


class Name(Form):
    """What the person is called."""

    name = StringField(
        "Name",
        [DataRequired("Enter your name."), Length(max=120)],
        filters=[lambda text: " ".join((text or "").split())],
    )


class Password(Form):
    """The current one, and the one to come."""

    current = PasswordField("Current password", [InputRequired("Enter your current password.")])
    password = PasswordField(
        "New password",
        [InputRequired("Choose a password.")],
        description=passwords.ADVICE,
    )


def me() -> SignedIn:
    """Whose account it is: the gate let nobody else in."""
    return visitor() or abort(401)


class Account(Screen):
    """Everybody has one; there are no roles in it."""

    panel = Panel.EITHER

    def let_in(self, signed_in: SignedIn, needs: Permission) -> None:
        """Let in also those who have no place left: the account stays theirs."""
        if signed_in.place is not None:
            act_as(own_actor(signed_in))

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self) -> Any:
        """Show everything about the account."""
        return self._page()

    @deed("/name", needs=Permission.PANEL_OPEN)
    def rename(self) -> Any:
        """Change the name."""
        form = Name(request.form)
        if not form.validate():
            return self._page(422, name_form=form)
        try:
            accounts.rename(me(), form.name.data, address())
        except Invalid as refusal:
            form.name.errors = [refusal.sentence]
            return self._page(422, name_form=form)
        return self._done("Your name was saved.")

    @deed("/password", needs=Permission.PANEL_OPEN)
    def password(self) -> Any:
        """Change the password, which ends every other session."""
        form = Password(request.form)
        if not form.validate():
            return self._page(422, password_form=form)
        try:
            _change_password(form)
        except Invalid as refusal:
            db.session.rollback()
            form[refusal.field].errors = [refusal.sentence]
            return self._page(422, password_form=form)
        return self._done("Your password was changed. Every other session was ended.")

    @deed("/sessions/<session_id>/end", needs=Permission.PANEL_OPEN)
    def end(self, session_id: str) -> Any:
        """End one session."""
        row = own_sessions.find(me(), parsed(LoginSession, session_id)) or abort(404)
        own_sessions.end_one(me(), row, address())
        return self._done("The session was ended.")

    @deed("/sessions/end_others", needs=Permission.PANEL_OPEN)
    def end_others(self) -> Any:
        """End every session but this one."""
        ended = own_sessions.end_others(me(), address())
        return self._done(f"{plural(ended, 'other session')} ended.")

    @deed("/sessions/sign_out_everywhere", needs=Permission.PANEL_OPEN)
    def sign_out_everywhere(self) -> Any:
        """End every session, this one too."""
        own_sessions.end_everywhere(me(), address())
        db.session.commit()
        session.clear()
        return redirect(url_for("sign_in.login", reason="signed_out"), 303)

    @deed("/theme", needs=Permission.PANEL_OPEN)
    def theme(self) -> Any:
        """Keep the chosen appearance."""
        theme = Theme.of(request.form.get("theme", ""))
        if theme is None:
            abort(400, "There is no such appearance.")
        accounts.choose_theme(me(), theme)
        db.session.commit()
        return now_at(came_from())

    @deed("/switch", needs=Permission.PANEL_OPEN)
    def switch(self) -> Any:
        """Work in another of one's own places from now on."""
        wanted = parsed(Membership, request.values.get("membership", ""))
        place = next((place for place in me().places if place.membership.id == wanted), None)
        if place is None:
            abort(404)
        sessions.choose(me(), place)
        db.session.commit()
        return now_at(url_for("front.home"))

    def _done(self, sentence: str) -> Response:
        db.session.commit()
        flash(sentence, "success")
        return now_at(url_for("account.index_view"))

    def _page(self, status: int = 200, **forms: Form) -> Response:
        context = {
            "name_form": Name(name=me().user.name),
            "password_form": Password(),
            "sessions": sessions_list(me(), own_sessions.open_ones(me(), settings())),
            "memberships": memberships(me()),
        }
        return self.form_page("account/index.html", status, **(context | forms))


def _change_password(form: Password) -> None:
    """Check the current one first; guesses count against the same limit as signing in."""
    attempt = sign_ins.admit(me().user.email, address(), settings())
    db.session.commit()
    try:
        sign_ins.check(attempt, form.current.data, settings())
    except Invalid:
        raise Invalid("current", "This is not your current password.") from None
    sign_ins.succeed(attempt)
    db.session.commit()
    accounts.change_password(me(), form.password.data, address(), settings())
