"""The partner's dashboard."""

from typing import Any

from admin_views.base import Panel, Screen, page
from policy import Permission


class PartnerDashboard(Screen):
    """The partner's dashboard."""

    panel = Panel.PARTNER

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self) -> Any:
        """Show the page."""
        return self.render("staff/dashboard.html")
