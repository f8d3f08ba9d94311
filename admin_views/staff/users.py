"""Users across partners."""

from typing import Any

from admin_views.base import Panel, Screen, page
from policy import Permission


class Users(Screen):
    """Users across partners."""

    panel = Panel.STAFF

    @page("/", needs=Permission.USERS_VIEW)
    def index_view(self) -> Any:
        """Show the page."""
        return self.render("staff/dashboard.html")
