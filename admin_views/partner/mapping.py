"""The fields of a source as its partner's people read them."""

from typing import Any

from flask import abort, url_for
from sqlalchemy import select

from admin_views.base import Panel, Screen, page, parsed
from admin_views.mapping_table import rows_for_partners
from models import Source, db
from operations import mappings
from policy import Permission


class PartnerMapping(Screen):
    """What is in force; drafts, hidden fields and who published them stay with the tenant."""

    panel = Panel.PARTNER

    @page("/", needs=Permission.SOURCES_VIEW)
    def index_view(self, source_id: str) -> Any:
        """Show the fields of one source."""
        source = db.session.scalar(select(Source).where(Source.id == parsed(Source, source_id)))
        if source is None:
            abort(404)
        published = mappings.published(source)
        url = url_for("portal_source.index_view", source_id=source_id)
        sources = {"word": "Sources", "url": url_for("portal_sources.index_view")}
        return self.render(
            "partner/mapping.html",
            crumbs=[sources, {"word": source.name, "url": url}],
            published=published,
            rows=rows_for_partners(mappings.fields_of(published)),
        )
