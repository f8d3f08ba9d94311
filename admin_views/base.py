"""The gate that every screen stands behind, and how a screen runs an operation."""

import re
from collections.abc import Callable
from enum import Enum
from typing import Any, ClassVar, TypeVar

from flask import Blueprint, abort, flash, make_response, redirect, request, url_for
from flask_admin import Admin, BaseView, expose
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response
from wtforms import Form

from guard import came_from
from incoming import READS
from models import AuditEvent, db
from models.base import Public
from operations.refusal import Refusal
from operations.sessions import SignedIn
from operations.undo import can_undo
from policy import Actor, Permission, may
from visitor import act_as, actor, enter_own_panel, own_actor, partner_actor, staff_actor, visitor

View = TypeVar("View", bound=Callable[..., Any])


class Panel(Enum):
    """The two panels: the tenant's own, and the one partner people see."""

    STAFF = "staff"
    PARTNER = "partner"
    EITHER = "either"


def page(rule: str, needs: Permission) -> Callable[[View], View]:
    """Declare a page: what it answers to (GET), and the permission it needs."""
    return _exposed(rule, needs, ("GET",))


def deed(rule: str, needs: Permission, largest: int | None = None) -> Callable[[View], View]:
    """Declare a deed: what it answers to (POST), and the permission it needs.

    `largest` is how many bytes may be sent where a whole file is: guard.py lets no form pass
    that is longer than forms are.
    """

    def declare(view: View) -> View:
        view.largest = largest  # type: ignore[attr-defined]
        return _exposed(rule, needs, ("POST",))(view)

    return declare


def _exposed(rule: str, needs: Permission, methods: tuple[str, ...]) -> Callable[[View], View]:
    def declare(view: View) -> View:
        view.needs = needs  # type: ignore[attr-defined]
        return expose(rule, methods=methods)(view)

    return declare


ACTORS: dict[Panel, Callable[[SignedIn], Actor]] = {
    Panel.STAFF: staff_actor,
    Panel.PARTNER: partner_actor,
    Panel.EITHER: own_actor,
}


CHANGES = "The partner is paused, and this page is there to change something."


class Screen(BaseView):
    """A Flask-Admin view that is closed until each of its pages declares what it needs."""

    panel: ClassVar[Panel] = Panel.STAFF

    def _handle_view(self, name: str, **_arguments: Any) -> Response | None:
        """Flask-Admin asks here before every page: who is it, and may they?"""
        signed_in = visitor()
        if signed_in is None:
            return redirect(url_for("sign_in.login", next=_here()))
        needs = getattr(getattr(type(self), name), "needs", None)
        if needs is None:
            abort(403)
        self.let_in(signed_in, needs)
        return None

    def let_in(self, signed_in: SignedIn, needs: Permission) -> None:
        """Let in whoever's role includes what the page needs; from here on they act."""
        who = self._who(signed_in)
        if who.is_paused and request.method not in READS:
            raise Refusal("The partner is paused: you can read, but not change.")
        if not may(who, needs):
            act_as(who)  # so that the answer stands in the panel of whoever asked
            abort(403, CHANGES if who.is_paused else None)
        if who.is_preview and request.method not in READS:
            abort(403, "This is a preview: it shows the panel, and nothing can be changed in it.")
        act_as(who)

    def _who(self, signed_in: SignedIn) -> Actor:
        """Say as whom they come here; who belongs into the other panel is refused in that one."""
        try:
            return ACTORS[self.panel](signed_in)
        except Forbidden:
            enter_own_panel()
            raise

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Flask-Admin would call a page twice after a TypeError and hide the real one."""
        return fn(self, *args, **kwargs)

    def create_blueprint(self, admin: Admin) -> Blueprint:
        """Let Flask-Admin keep its text `url` no longer than it needs it: it hides the method."""
        blueprint = super().create_blueprint(admin)
        del self.url
        return blueprint

    @property
    def actor(self) -> Actor:
        """Who acts in this request."""
        return actor()

    def run(self, operation: Callable[..., Any], *args: Any, done: str = "", **more: Any) -> Any:
        """Run one operation as this request's actor, commit it, and say what was done.

        A `Refusal` passes through: the status contract answers it and nothing is kept. Where
        the operation returns the audit event of something that can be undone, so does the message.
        """
        result = operation(self.actor, *args, **more)
        db.session.commit()
        if done:
            flash(self._message(done, result), "success")
        return result

    def _message(self, done: str, result: Any) -> Any:
        if not isinstance(result, AuditEvent) or not can_undo(self.actor, result):
            return done
        trail = "audit" if self.panel is Panel.STAFF else "portal_activity"
        return {"text": done, "undo": url_for(f"{trail}.undo", event_id=result.public_id)}

    def form_page(self, template: str, status: int = 200, **context: Any) -> Response:
        """Answer with a page that holds a form: 200 at first, 422 or 409 with what went wrong."""
        return make_response(self.render(template, **context), status)

    def url(self, endpoint: str, **values: Any) -> str:
        """Address one of this screen's own pages."""
        return url_for(f"{self.endpoint}.{endpoint}", **values)


def parsed(kind: type[Public], text: str) -> Any:
    """Read a public identifier, or answer 404: whatever else is typed names nothing."""
    try:
        return kind.parse_id(text)
    except ValueError:
        abort(404)


def shown_version(form: Form) -> int:
    """Tell which version the form showed; only a page of ours says it."""
    text = form["version"].data or ""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        abort(400, "The form does not say which version it showed. Open it again.")
    return int(text)


def _here() -> str | None:
    """Name the page to come back to: a deed that found nobody signed in has none of its own."""
    return request.full_path.rstrip("?") if request.method in READS else came_from("") or None


def now_at(where: str) -> Response:
    """Send the browser on after a deed (303: the next request is a GET)."""
    return redirect(where, code=303)
