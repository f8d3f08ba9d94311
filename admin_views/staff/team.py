"""The tenant's own staff."""

from typing import Any

from admin_views.base import Panel, Screen, page
from policy import Permission


class Team(Screen):
    """The tenant's own staff."""

    panel = Panel.STAFF

    @page("/", needs=Permission.TEAM_MANAGE)
    def index_view(self) -> Any:
        """Show the page."""
        return self.render("staff/dashboard.html")
