"""Invites across partners."""

from typing import Any

from admin_views.base import Panel, Screen, page
from policy import Permission


class Invites(Screen):
    """Invites across partners."""

    panel = Panel.STAFF

    @page("/", needs=Permission.INVITES_VIEW)
    def index_view(self) -> Any:
        """Show the page."""
        return self.render("staff/dashboard.html")
