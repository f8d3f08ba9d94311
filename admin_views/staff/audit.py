"""The audit trail."""

from typing import Any

from flask import request, url_for

from admin_views.base import Panel, Screen, deed, now_at, page
from admin_views.trail import find_event
from guard import local_path
from operations import undo
from policy import Permission


class Audit(Screen):
    """The audit trail."""

    panel = Panel.STAFF

    @page("/", needs=Permission.AUDIT_VIEW)
    def index_view(self) -> Any:
        """Show the page."""
        return self.render("staff/dashboard.html")

    @deed("/<event_id>/undo", needs=Permission.PANEL_OPEN)
    def undo(self, event_id: str) -> Any:
        """Take back one's own change of the last ten minutes (operations/undo.py decides)."""
        self.run(undo.undo, find_event(event_id), done="Undone. Everything is as it was before.")
        return now_at(local_path(request.form.get("next"), url_for("dashboard.index_view")))
