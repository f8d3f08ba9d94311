"""The partner's own sources, as a list."""

from collections.abc import Sequence
from typing import Any

from admin_views.base import Panel
from admin_views.list_figures import ACCEPTANCE, RECEIVED, lately
from admin_views.lists import Filter
from admin_views.sources import BY_FLOW, BY_VERTICAL, NAME, SINCE, STATUS, VERTICAL, SourceList
from models import Source, SourceStatus
from operations.rankings import Group


class PartnerSources(SourceList):
    """The sources of the partner whose panel this is."""

    panel = Panel.PARTNER
    columns = (NAME, STATUS, VERTICAL, RECEIVED, ACCEPTANCE, SINCE)
    filters = (
        Filter(
            "status",
            "Status",
            lambda: [(status.value, status.word) for status in SourceStatus],
            lambda value: Source.status == value,
        ),
        BY_FLOW,
        BY_VERTICAL,
    )
    empty = (
        "No sources yet",
        "Your leads come in through sources. They are listed here once they are connected to you.",
    )

    def more(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Add what they brought lately."""
        group = Group(self.actor.tenant_id, self.actor.partner_id)
        return super().more(rows) | {"lately": lately(group, rows)}

    def url_of(self, row: Any) -> str | None:
        """Lead to the source's page."""
        return f"{row.public_id}/"
