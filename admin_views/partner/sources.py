"""The partner's own sources."""

from typing import Any

from admin_views.base import Panel, Screen, page
from policy import Permission


class PartnerSources(Screen):
    """The partner's own sources."""

    panel = Panel.PARTNER

    @page("/", needs=Permission.SOURCES_VIEW)
    def index_view(self) -> Any:
        """Show the page."""
        return self.render("staff/dashboard.html")
