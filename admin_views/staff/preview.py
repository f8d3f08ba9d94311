"""Seeing a partner's panel as its people see it."""

from typing import Any

from flask import abort, url_for

from admin_views.base import Panel, Screen, deed, now_at, page
from admin_views.staff.partner_page import find_partner
from models import Role
from operations import previews
from policy import Permission
from visitor import visitor

ROLES = {role.value: role for role in Role if role.is_partner_role}


class Preview(Screen):
    """Begins and ends a preview; the panel itself is the partner's own."""

    panel = Panel.STAFF

    @page("/", needs=Permission.PARTNERS_PREVIEW)
    def index_view(self) -> Any:
        """Lead to the panel that is looked at, or to the partners, where one is chosen."""
        signed_in = visitor()
        is_on = signed_in is not None and previews.previewed(signed_in) is not None
        return now_at(url_for("portal.index_view" if is_on else "partners.index_view"))

    @deed("/<partner_id>/<role>", needs=Permission.PARTNERS_PREVIEW)
    def start(self, partner_id: str, role: str) -> Any:
        """Look at the partner's panel as this role sees it."""
        signed_in = visitor()
        if role not in ROLES or signed_in is None:
            abort(404)
        self.run(previews.begin, signed_in.session, find_partner(partner_id), ROLES[role])
        return now_at(url_for("portal.index_view"))

    @deed("/stop", needs=Permission.PANEL_OPEN)
    def stop(self) -> Any:
        """Go back to the staff panel, to the partner that was looked at."""
        signed_in = visitor()
        if signed_in is None:
            abort(404)
        partner = previews.previewed(signed_in)
        self.run(previews.end, signed_in)
        if partner is None:
            return now_at(url_for("dashboard.index_view"))
        return now_at(url_for("partner.index_view", partner_id=partner.public_id))
