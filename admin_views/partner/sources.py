"""The partner's own sources: the list, and a page for each."""

from typing import Any

from flask import url_for
from sqlalchemy import select

from admin_views import metrics, rankings
from admin_views.base import Panel, page
from admin_views.lists import Filter
from admin_views.sources import BY_VERTICAL, NAME, SINCE, STATUS, VERTICAL, SourceList
from models import Partner, Source, SourceStatus, db
from operations.figures import Whose
from policy import Permission


class PartnerSources(SourceList):
    """The partner's own sources: the list, and a page for each."""

    panel = Panel.PARTNER
    columns = (NAME, STATUS, VERTICAL, SINCE)
    filters = (
        Filter(
            "status",
            "Status",
            lambda: [(status.value, status.word) for status in SourceStatus],
            lambda value: Source.status == value,
        ),
        BY_VERTICAL,
    )
    empty = (
        "No sources yet",
        "Your leads come in through sources. They are listed here once they are connected to you.",
    )

    def url_of(self, row: Any) -> str | None:
        """Lead to the source's page."""
        return f"{row.public_id}/"

    @page("/<source_id>/", needs=Permission.SOURCES_VIEW)
    def source(self, source_id: str) -> Any:
        """Show one source; what staff noted about it stays with them."""
        source = self.row(source_id)
        head = {
            "crumbs": [{"word": "Sources", "url": url_for("portal_sources.index_view")}],
            "name": source.name,
            "state": source.status.value,
            "identifier": source.public_id,
            "identifier_what": "source identifier",
        }
        since = self.more([source])["since"].get(source.id)
        whose = Whose(source.tenant_id, source.id, self.actor.partner_id)
        shown = select(Partner.show_returned).where(Partner.id == self.actor.partner_id)
        return self.render(
            "partner/source.html",
            head=head,
            source=source,
            since=since,
            metrics=metrics.section(
                whose, is_staff=False, shows_returned=bool(db.session.scalar(shown))
            ),
            reasons=rankings.reasons(whose),
        )
