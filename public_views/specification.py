"""The page behind a specification's link: what one source takes, as it is now."""

from flask import Blueprint, Response, g, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from models.specification_link import SpecificationLinkState
from operations import specification, specification_opened
from operations.specification_opened import Shown
from visitor import settings, visitor

views = Blueprint("specification", __name__, url_prefix="/specs")


@views.after_request
def _tell_nobody(response: Response) -> Response:
    """The address is the secret: it goes into no other site's log, no cache and no search."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@views.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """Show the specification, or say that the link has ended."""
    visitor()  # read before the link's tenant becomes this request's scope
    shown = specification_opened.find(token)
    if shown is None or not shown.is_open:
        return _dead(shown)
    g.time_zone = shown.tenant.time_zone
    page = render_template(
        "public/specification.html",
        spec=specification.of_source(shown.source, settings().public_url),
        tenant=shown.tenant,
        link=shown.link,
    )
    return make_response(page)


def _dead(shown: Shown | None) -> Response:
    """Say what became of it; of a link that nobody knows, what fits every case."""
    state = _state(shown) if shown else "unknown"
    if shown:
        g.time_zone = shown.tenant.time_zone
    page = render_template(
        "public/dead_link.html",
        kind="specification",
        state=state,
        since=shown.link.expires_at if shown and state == "expired" else None,
        days=settings().specification_days,
        sign_in_url=url_for("sign_in.login"),
    )
    return make_response(page, 410)


def _state(shown: Shown) -> str:
    """A link whose source is gone, or with another partner, was taken back as well."""
    is_over = shown.link.state is SpecificationLinkState.EXPIRED
    return "expired" if is_over else "revoked"
