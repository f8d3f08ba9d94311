"""The partner's own leads: the list, and a page for each."""

from typing import Any

from flask import url_for

from admin_views.base import Panel, page
from admin_views.lead_page import LeadScreen, find_lead, lead_head
from admin_views.leads import LeadList
from models import Lead
from policy import Permission

#: Where a partner's people find what an identifier names.
PLACES = {
    "lead": "portal_lead.index_view",
    "source": "portal_source.index_view",
    "submission": "portal_submission.index_view",
}


class PartnerLeads(LeadList):
    """The own leads; buyers do not occur here, and neither does staff."""

    panel = Panel.PARTNER


class PartnerLeadPage(LeadScreen):
    """One of the own leads."""

    panel = Panel.PARTNER

    @page("/", needs=Permission.LEADS_VIEW)
    def index_view(self, lead_id: str) -> Any:
        """Show the lead."""
        lead = find_lead(lead_id)
        back = {"word": "Leads", "url": url_for("portal_leads.index_view")}
        return self.show(lead, lead_head(lead, back))

    def more(self, lead: Lead) -> dict[str, Any]:
        """Say where things are; the trail names staff, and stays with them."""
        return {"history": None, "address_of": address_of}


def address_of(public_id: str) -> str | None:
    """Give the address of an object's page in this panel, if it has one."""
    kind = public_id.rpartition("_")[0]
    named: dict[str, Any] = {f"{kind}_id": public_id}
    return url_for(PLACES[kind], **named) if kind in PLACES else None
