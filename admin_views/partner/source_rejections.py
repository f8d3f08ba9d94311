"""Why calls to one of the partner's sources were rejected."""

from typing import Any

from admin_views.base import page
from admin_views.partner.leads import address_of
from admin_views.partner.source_page import OfOwnSource
from admin_views.rejections import RejectionScreen
from policy import Permission


class PartnerRejections(OfOwnSource, RejectionScreen):
    """The reasons since the source is the partner's."""

    @page("/", needs=Permission.LEADS_VIEW)
    def index_view(self, source_id: str) -> Any:
        """Show the reasons."""
        url = self.url("index_view", source_id=source_id)
        return self.show(self.source, self.head(), url, address_of)
