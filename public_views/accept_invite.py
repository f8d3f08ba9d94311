"""The page behind an invite's link. Opening it changes nothing; its buttons do."""

from typing import Any

from flask import (
    Blueprint,
    Response,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from wtforms import Form, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from models import db
from operations import (
    acceptance,
    accounts,
    offers,
    own_sessions,
    passwords,
    sessions,
    sign_ins,
)
from operations.offers import Offer
from operations.refusal import Gone, Invalid
from operations.sessions import SignedIn
from visitor import address, keep, settings, visitor

views = Blueprint("accept_invite", __name__, url_prefix="/invites")


class NewPerson(Form):
    """Who a new person is, and the password they choose."""

    name = StringField(
        "Your name",
        [InputRequired("Enter your name."), Length(max=120, message="At most 120 characters.")],
        filters=[lambda text: " ".join((text or "").split())],
    )
    password = PasswordField(
        "Choose a password",
        [InputRequired("Choose a password.")],
        description=passwords.ADVICE,
    )


@views.after_request
def _tell_nobody(response: Response) -> Response:
    """The address is the secret: it goes into no other site's log, and into no cache."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@views.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """Say what is offered, and to whom."""
    offer = _find(token)
    if offer is None or not offer.is_open:
        return _dead(offer)
    return _page(token, offer, NewPerson())


@views.post("/<token>")
def accept(token: str) -> ResponseReturnValue:
    """Accept, as whoever is here; where nobody is, lead to sign-in or make the account."""
    offer = _find(token)
    if offer is None or not offer.is_open:
        return _dead(offer)
    try:
        return _accept(token, offer)
    except Gone:
        db.session.rollback()
        return _dead(_find(token))


def _accept(token: str, offer: Offer) -> ResponseReturnValue:
    signed_in = visitor()
    if signed_in is not None:
        return _accept_signed_in(token, offer, signed_in)
    if accounts.find(offer.invite.email) is not None:
        return redirect(_sign_in_url(token), 303)
    return _accept_as_new(token, offer)


def _accept_signed_in(token: str, offer: Offer, signed_in: SignedIn) -> ResponseReturnValue:
    if not _is_for(offer, signed_in):
        return _page(token, offer, NewPerson(), 409)
    place = acceptance.accept(offer, signed_in.user, address())
    sessions.choose(signed_in, place)
    db.session.commit()
    return redirect(url_for("front.home"), 303)


def _accept_as_new(token: str, offer: Offer) -> ResponseReturnValue:
    form = NewPerson(request.form)
    if not form.validate():
        return _page(token, offer, form, 422)
    try:
        user, place = acceptance.accept_as_new(
            offer, form.name.data, form.password.data, address(), settings()
        )
    except Invalid as refusal:
        db.session.rollback()
        form[refusal.field].errors = [refusal.sentence]
        return _page(token, offer, form, 422)
    agent, member = request.user_agent.string, place.membership
    key, signed_in = sign_ins.open_session(user, address(), agent, settings(), member.id)
    db.session.commit()
    keep(key, signed_in)
    return redirect(url_for("front.home"), 303)


@views.post("/<token>/decline")
def decline(token: str) -> ResponseReturnValue:
    """Turn the offer down. Whoever holds the link may: the link is the mail's."""
    offer = _find(token)
    if offer is None or not offer.is_open:
        return _dead(offer)
    try:
        acceptance.decline(offer, address())
    except Gone:
        db.session.rollback()
        return _dead(_find(token))
    db.session.commit()
    return _door("declined", offer)


@views.post("/<token>/sign-out")
def sign_out(token: str) -> ResponseReturnValue:
    """End the session of the wrong account and come back."""
    signed_in = visitor()
    if signed_in is not None:
        own_sessions.sign_out(signed_in, address())
        db.session.commit()
    session.clear()
    return redirect(url_for("accept_invite.show", token=token), 303)


def _find(token: str) -> Offer | None:
    visitor()  # read before the link's tenant becomes this request's scope
    offer = offers.find(token)
    if offer is not None:
        g.time_zone = offer.tenant.time_zone
    return offer


def _is_for(offer: Offer, signed_in: SignedIn) -> bool:
    return signed_in.user.email_key == offer.invite.email_key


def _page(token: str, offer: Offer, form: NewPerson, status: int = 200) -> ResponseReturnValue:
    """Show the page that fits who is here: the person invited, somebody else, or nobody."""
    signed_in = visitor()
    if signed_in is None:
        has_account = accounts.find(offer.invite.email) is not None
        name = "sign_in_to_accept" if has_account else "accept_invite"
    else:
        is_theirs = _is_for(offer, signed_in)
        name = "accept_invite_signed_in" if is_theirs else "accept_invite_wrong_account"
    return _door(
        name,
        offer,
        status,
        form=form,
        person=signed_in.user if signed_in else None,
        url=url_for("accept_invite.accept", token=token),
        decline_url=url_for("accept_invite.decline", token=token),
        sign_out_url=url_for("accept_invite.sign_out", token=token),
        sign_in_url=_sign_in_url(token),
        panel_url=url_for("front.home"),
    )


def _door(name: str, offer: Offer, status: int = 200, **context: Any) -> Response:  # noqa: ANN401
    invite = offer.invite
    told = {
        "inviter": offer.inviter,
        "tenant": offer.tenant.name,
        "partner": invite.partner.name if invite.partner else None,
        "role": invite.role.word,
        "role_help": invite.role.purpose,
        "email": invite.email,
        "expires": invite.expires_at,
        "message": invite.message,
    }
    context.setdefault("sign_in_url", url_for("sign_in.login"))
    page = render_template(f"public/{name}.html", invite=told, **context)
    return make_response(page, status)


def _dead(offer: Offer | None) -> Response:
    """Say what became of a link; of one that nobody knows, what fits every case."""
    signed_in = visitor()
    page = render_template(
        "public/dead_link.html",
        state=offer.state if offer else "unknown",
        since=offer.ended_at if offer else None,
        days=(offer.tenant.invite_days if offer else None) or settings().invite_days,
        sign_in_url=url_for("sign_in.login"),
        home_url=url_for("front.home") if signed_in else None,
        is_theirs=bool(offer and signed_in and _is_for(offer, signed_in)),
    )
    return make_response(page, 410)


def _sign_in_url(token: str) -> str:
    return url_for("sign_in.login", next=url_for("accept_invite.show", token=token))
