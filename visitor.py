"""Who is asking: the signed-in person of this request, and as whom they act."""

from typing import Any, cast

from flask import Flask, current_app, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user
from werkzeug.exceptions import Forbidden

from config import Settings
from models import Partner, Scope, Tenant, db, enter
from operations import previews, sessions
from operations.places import Place
from operations.sessions import SignedIn
from policy import Actor, Permission, may

#: What history keeps of one; a proxy may pass on anything.
LONGEST_ADDRESS = 45


class Visitor(UserMixin):  # type: ignore[misc]
    """What Flask-Login keeps for the request; the cookie holds only the session's key."""

    def __init__(self, key: str, signed_in: SignedIn) -> None:
        self.key = key
        self.signed_in = signed_in

    def get_id(self) -> str:
        """Name the session, not the person: a dead cookie can never open another account."""
        return self.key


def settings() -> Settings:
    """Return the settings of the running application."""
    return cast("Settings", current_app.config["INFLOW"])


def install(app: Flask) -> None:
    """Let Flask-Login find people by the key in the cookie."""
    manager = LoginManager(app)
    manager.session_protection = None  # sessions are rows: moving between networks is fine
    manager.user_loader(_load)


def _load(key: str) -> Visitor | None:
    signed_in = sessions.resume(key, settings())
    if signed_in is None:
        return None
    sessions.touch(signed_in)
    return Visitor(key, signed_in)


def visitor() -> SignedIn | None:
    """Return the signed-in person, or None."""
    user = current_user._get_current_object()  # noqa: SLF001 - how a proxy is opened
    return user.signed_in if isinstance(user, Visitor) else None


def keep(key: str, signed_in: SignedIn) -> None:
    """Let this browser hold the session that just began, and nothing it held before."""
    session.clear()
    login_user(Visitor(key, signed_in))


def address() -> str:
    """Where the request comes from, as far as the trusted proxies say."""
    return (request.remote_addr or "")[:LONGEST_ADDRESS]


def staff_actor(signed_in: SignedIn) -> Actor:
    """Act as the staff member that the chosen place says. Raises Forbidden elsewhere."""
    place = signed_in.place
    if place is None or place.partner is not None:
        raise Forbidden
    return own_actor(signed_in)


def partner_actor(signed_in: SignedIn) -> Actor:
    """Act as the partner's person, or as staff who preview that partner's panel."""
    place = signed_in.place
    if place is None:
        raise Forbidden
    if place.partner is not None:
        return own_actor(signed_in)
    return _preview_actor(signed_in)


def own_actor(signed_in: SignedIn) -> Actor:
    """Act as what the chosen place makes of the person, in whichever panel."""
    place = signed_in.place
    if place is None:
        raise Forbidden
    return place.actor(signed_in.user, address())


def _preview_actor(signed_in: SignedIn) -> Actor:
    session, own = signed_in.session, own_actor(signed_in)
    if session.preview_role is None or not may(own, Permission.PARTNERS_PREVIEW):
        raise Forbidden
    g.previewed = previews.previewed(signed_in)
    if g.previewed is None:
        raise Forbidden
    return Actor(
        name=own.name,
        email=own.email,
        tenant_id=own.tenant_id,
        role=session.preview_role,
        membership_id=own.membership_id,
        user_id=own.user_id,
        partner_id=g.previewed.id,
        address=own.address,
        own_role=own.role,
        is_preview=True,
    )


def act_as(actor: Actor) -> None:
    """From here on this request is `actor`, and sees only what `actor` may see."""
    g.actor = actor
    enter(db.session, Scope(actor.tenant_id, actor.partner_id))


def enter_own_panel() -> None:
    """Let the page of an address that leads nowhere stand in the panel of who typed it."""
    signed_in = visitor()
    if signed_in is not None and signed_in.place is not None and "actor" not in g:
        act_as(own_actor(signed_in))


def actor() -> Actor:
    """Return who acts in this request. Only behind a gate that called `act_as`."""
    return cast("Actor", g.actor)


def tenant() -> Tenant:
    """Return the tenant whose panel this is. Only behind a gate that called `act_as`."""
    return cast("Place", cast("SignedIn", visitor()).place).tenant


def tenant_name() -> str:
    """Name the tenant whose panel this is, as its partners know it."""
    return tenant().name


def own_partner() -> Partner:
    """Return the partner whose panel this is, previewed or not. Only behind a partner's gate."""
    place = cast("Place", cast("SignedIn", visitor()).place)
    return place.partner or cast("Partner", g.previewed)


def take_files() -> None:
    """Let a whole file be sent to a page that takes one, by whoever that page takes it from.

    It is read to a file, not to memory, and before the page's gate is asked.
    """
    view: Any = current_app.view_functions.get(request.endpoint or "")
    largest = getattr(view, "largest", None)
    signed_in = visitor() if largest else None
    if signed_in and view.__self__.takes_file_of(signed_in):
        request.max_content_length = largest
