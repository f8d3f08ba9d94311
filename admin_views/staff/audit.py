"""The audit trail."""

from typing import Any

from admin_views.base import Panel, Screen, page
from policy import Permission


class Audit(Screen):
    """The audit trail."""

    panel = Panel.STAFF

    @page("/", needs=Permission.AUDIT_VIEW)
    def index_view(self) -> Any:
        """Show the page."""
        return self.render("staff/dashboard.html")
