"""A source's page: the leads tab."""

from typing import Any

from sqlalchemy import Select, select

from admin_views.leads import (
    BY_COUNT,
    BY_STATE,
    BY_TEST,
    EMAIL,
    FROM,
    NAME,
    PARTNER,
    RECEIVED,
    STATE,
    UNTIL,
    LeadList,
)
from admin_views.name_filters import by_partner
from admin_views.staff.source_page import OfSource
from models import Lead


class SourceLeads(OfSource, LeadList):
    """The leads that one source received, whichever partner they are credited to."""

    columns = (NAME, EMAIL, PARTNER, STATE, RECEIVED)
    filters = (BY_STATE, by_partner(Lead), FROM, UNTIL, BY_TEST, BY_COUNT)

    def place(self) -> dict[str, Any]:
        """Keep the source in every address."""
        return {"source_id": self.source.public_id}

    def base_query(self) -> Select[Any]:
        """Its own leads."""
        return select(Lead).where(Lead.source_id == self.source.id)

    def url_of(self, row: Any) -> str | None:
        """Lead to the lead's page; relative, to keep the list small."""
        return f"../../../leads/{row.public_id}/"
