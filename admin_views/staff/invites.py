"""Invites across partners; those to the staff too, for who manages the team."""

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from admin_views import invites
from admin_views.base import deed, now_at, page
from admin_views.staff.assign_form import Pick, chosen_partner, partners
from policy import Permission, may
from visitor import actor


def invite_link() -> dict[str, str] | None:
    """Offer whoever may send them to invite somebody, once a partner is chosen."""
    if not may(actor(), Permission.INVITES_SEND):
        return None
    return {"word": "Invite user", "url": url_for("invites.choose")}


class Invites(invites.Invites):
    """Every invite of the tenant that the actor may know of."""

    def create_link(self) -> dict[str, str] | None:
        """Offer to invite somebody."""
        return invite_link()

    @page("/new", needs=Permission.INVITES_SEND)
    def choose(self) -> Response:
        """Ask to which partner people are invited."""
        return self._ask_where(partners())

    @deed("/new", needs=Permission.INVITES_SEND)
    def chosen_one(self) -> Response:
        """Lead to the partner's own form, or look for other partners."""
        partner = chosen_partner()
        pick = partners(chosen=partner)
        if "search" in request.form:
            return self._ask_where(pick)
        if partner is None:
            pick.error = "Choose a partner."
            return self._ask_where(pick, 422)
        address: dict[str, Any] = {"partner_id": partner.public_id, "invite": ""}
        return now_at(url_for("partner_invites.index_view", **address))

    def _ask_where(self, pick: Pick, status: int = 200) -> Response:
        home, url = self.url("index_view"), self.url("chosen_one")
        page = "staff/invite_where.html"
        return self.form_page(page, status, pick=pick, url=url, home=home)
