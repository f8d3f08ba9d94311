"""Seeing a partner's panel as its people see it."""

from typing import Any

from admin_views.base import Panel, Screen, page
from policy import Permission


class Preview(Screen):
    """Seeing a partner's panel as its people see it."""

    panel = Panel.STAFF

    @page("/", needs=Permission.PARTNERS_PREVIEW)
    def index_view(self) -> Any:
        """Show the page."""
        return self.render("staff/dashboard.html")
