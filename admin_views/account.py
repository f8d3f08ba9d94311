"""A person's own account, whichever panel they work in."""

from typing import Any

from admin_views.base import Panel, Screen, deed, page
from policy import Permission


class Account(Screen):
    """A person's own account, whichever panel they work in."""

    panel = Panel.EITHER

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self) -> Any:
        """Show the page."""
        return self.render("staff/dashboard.html")

    @deed("/theme", needs=Permission.PANEL_OPEN)
    def theme(self) -> Any:
        """Keep the chosen appearance."""
        return self.render("staff/dashboard.html")

    @deed("/switch", needs=Permission.PANEL_OPEN)
    def switch(self) -> Any:
        """Work in another place from now on."""
        return self.render("staff/dashboard.html")
