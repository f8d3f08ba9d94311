"""Search in the partner panel: in the partner's own sources and leads."""

from sqlalchemy import select

from admin_views.base import Panel
from admin_views.lead_words import name_of, state_of
from admin_views.partner.leads import address_of
from admin_views.search import MOST, Hit, Searching
from models import Lead, Source, Submission, db
from models.search import matching
from operations.lead_search import sought
from policy import Permission


def _sources(q: str) -> list[Hit]:
    wanted = select(Source).where(matching(Source.name_key, q), Source.deleted_at.is_(None))
    return [
        {
            "name": row.name,
            "state": row.state,
            "url": address_of(row.public_id),
            "more": row.vertical,
        }
        for row in db.session.scalars(wanted.order_by(Source.name_key).limit(MOST + 1))
    ]


def _leads(q: str) -> list[Hit]:
    """Find leads by a whole address or number."""
    wanted = select(Lead).where(sought(q)).order_by(Lead.id.desc()).limit(MOST + 1)
    return [
        {
            "name": name_of(row),
            "state": state_of(row),
            "url": address_of(row.public_id),
            "more": " · ".join(filter(None, (row.email, row.phone))),
        }
        for row in db.session.scalars(wanted)
    ]


class PartnerSearch(Searching):
    """What a partner's people look for; the scope keeps everything else out."""

    panel = Panel.PARTNER
    kinds = (
        (Permission.SOURCES_VIEW, "Sources", "portal_sources.index_view", _sources),
        (Permission.LEADS_VIEW, "Leads", "portal_leads.index_view", _leads),
    )

    def address_of(self, text: str) -> str | None:
        """Lead to a source, a lead or a call of this identifier."""
        for kind in (Source, Lead, Submission):
            try:
                kind.parse_id(text)
            except ValueError:
                continue
            return address_of(text)
        return None
