"""Search across partners, sources and people."""

from typing import Any

from admin_views.base import Panel, Screen, page
from policy import Permission


class Search(Screen):
    """Search across partners, sources and people."""

    panel = Panel.STAFF

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self) -> Any:
        """Show the page."""
        return self.render("staff/dashboard.html")
