"""A source's page: why its calls were rejected."""

from typing import Any

from admin_views.base import page
from admin_views.object_pages import address_of
from admin_views.rejections import RejectionScreen
from admin_views.staff.source_page import OfSource
from policy import Permission


class SourceRejections(OfSource, RejectionScreen):
    """The reasons, whichever partner the source was with."""

    @page("/", needs=Permission.LEADS_VIEW)
    def index_view(self, source_id: str) -> Any:
        """Show the reasons."""
        url = self.url("index_view", source_id=source_id)
        return self.show(self.source, self.head(), url, address_of)
