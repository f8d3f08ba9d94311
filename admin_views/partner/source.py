"""One of the partner's sources: what it is."""

from typing import Any

from sqlalchemy import select

from admin_views.base import Screen, page
from admin_views.partner.source_page import OfOwnSource
from models import Assignment, db
from policy import Permission


class PartnerSource(OfOwnSource, Screen):
    """The source's page."""

    @page("/", needs=Permission.SOURCES_VIEW)
    def index_view(self, source_id: str) -> Any:
        """Show one source; what staff noted about it stays with them."""
        source = self.source
        since = select(Assignment.began_at).where(
            Assignment.source_id == source.id, Assignment.ended_at.is_(None)
        )
        return self.render(
            "partner/source.html",
            head=self.head(),
            source=source,
            since=db.session.scalar(since),
        )
