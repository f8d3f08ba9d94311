"""A partner's page: the invites tab."""

from typing import Any

from admin_views.base import Screen, page
from admin_views.staff.partner_page import OfPartner
from policy import Permission


class PartnerInvites(OfPartner, Screen):
    """A partner's page: the invites tab."""

    @page("/", needs=Permission.INVITES_VIEW)
    def index_view(self, partner_id: str) -> Any:
        """Show the tab."""
        return self.render("staff/partner_tab.html", head=self.head())
