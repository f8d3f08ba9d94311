"""The staff dashboard: what needs attention."""

from typing import Any

from admin_views.base import Screen, page
from policy import Permission


class Dashboard(Screen):
    """The first page of the staff panel."""

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self) -> Any:
        """Show what needs attention."""
        return self.render("staff/dashboard.html")
