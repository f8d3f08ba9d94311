"""The partner's own invites."""

from typing import Any

from admin_views.base import Panel, Screen, page
from policy import Permission


class PartnerInvites(Screen):
    """The partner's own invites."""

    panel = Panel.PARTNER

    @page("/", needs=Permission.INVITES_VIEW)
    def index_view(self) -> Any:
        """Show the page."""
        return self.render("staff/dashboard.html")
