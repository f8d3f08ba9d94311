"""The tenant's settings."""

from typing import Any

from admin_views.base import Panel, Screen, page
from policy import Permission


class TenantSettings(Screen):
    """The tenant's settings."""

    panel = Panel.STAFF

    @page("/", needs=Permission.SETTINGS_MANAGE)
    def index_view(self) -> Any:
        """Show the page."""
        return self.render("staff/dashboard.html")
