"""What happened at the partner."""

from typing import Any

from admin_views.base import Panel, Screen, page
from policy import Permission


class PartnerActivity(Screen):
    """What happened at the partner."""

    panel = Panel.PARTNER

    @page("/", needs=Permission.AUDIT_VIEW)
    def index_view(self) -> Any:
        """Show the page."""
        return self.render("staff/dashboard.html")
