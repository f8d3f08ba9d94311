"""The partner's own users."""

from typing import Any

from admin_views.base import Panel, Screen, page
from policy import Permission


class PartnerUsers(Screen):
    """The partner's own users."""

    panel = Panel.PARTNER

    @page("/", needs=Permission.USERS_VIEW)
    def index_view(self) -> Any:
        """Show the page."""
        return self.render("staff/dashboard.html")
