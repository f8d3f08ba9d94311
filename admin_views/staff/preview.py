"""Seeing a partner's panel as its people see it."""

from typing import Any

from flask import abort, request, url_for
from wtforms import Form, RadioField

from admin_views.base import Panel, Screen, deed, now_at, page
from admin_views.staff.partner_found import find_partner
from models import Role
from operations import previews
from operations.sessions import SignedIn
from policy import Permission
from visitor import visitor

ROLES = {role.value: role for role in (Role.PARTNER_ADMIN, Role.PARTNER_USER)}


class PreviewForm(Form):
    role = RadioField(
        "See it as",
        choices=[(value, role.word) for value, role in ROLES.items()],
        default=Role.PARTNER_ADMIN.value,
    )


class Preview(Screen):
    """Begins and ends a preview; the panel itself is the partner's own."""

    panel = Panel.STAFF

    @page("/", needs=Permission.PARTNERS_PREVIEW)
    def index_view(self) -> Any:
        """Ask as whom to look; without a partner, lead to where one is chosen."""
        if "partner" not in request.args:
            is_on = previews.previewed(_signed_in()) is not None
            return now_at(url_for("portal.index_view" if is_on else "partners.index_view"))
        partner = find_partner(request.args["partner"])
        task = {
            "title": f"Preview the panel of {partner.name}",
            "lead": "You see what its people see. Nothing can be changed there.",
            "url": self.url("start", partner=partner.public_id),
            "button": "Start preview",
            "cancel_url": url_for("partner.index_view", partner_id=partner.public_id),
            "danger": False,
        }
        crumbs = [
            {"word": "Partners", "url": url_for("partners.index_view")},
            {"word": partner.name, "url": task["cancel_url"]},
        ]
        return self.render("task.html", task=task, form=PreviewForm(), crumbs=crumbs)

    @deed("/start", needs=Permission.PARTNERS_PREVIEW)
    def start(self) -> Any:
        """Look at the partner's panel as this role sees it."""
        partner = find_partner(request.values.get("partner", ""))
        role = ROLES.get(request.values.get("role", "")) or abort(404)
        self.run(previews.begin, _signed_in().session, partner, role)
        return now_at(url_for("portal.index_view"))

    @deed("/stop", needs=Permission.PANEL_OPEN)
    def stop(self) -> Any:
        """Go back to the staff panel, to the partner that was looked at."""
        signed_in = _signed_in()
        partner = previews.previewed(signed_in)
        self.run(previews.end, signed_in)
        if partner is None:
            return now_at(url_for("dashboard.index_view"))
        return now_at(url_for("partner.index_view", partner_id=partner.public_id))


def _signed_in() -> SignedIn:
    return visitor() or abort(401)
