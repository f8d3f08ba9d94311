"""A partner's page: the activity tab."""

from typing import Any

from flask import url_for
from sqlalchemy import Select

from admin_views import trail
from admin_views.base import page
from admin_views.staff.partner_page import OfPartner
from models import AuditEvent
from policy import Permission


class PartnerActivity(OfPartner, trail.Trail):
    """What concerns one partner."""

    title = "Activity"
    filters = (trail.KIND, trail.PERSON, trail.FROM, trail.TO)

    def base_query(self) -> Select[Any]:
        """Only the events of this partner."""
        return super().base_query().where(AuditEvent.partner_id == self.partner.id)

    @page("/", needs=Permission.AUDIT_VIEW)
    def index_view(self, **context: Any) -> Any:
        """Show the tab."""
        listing = self.listing(partner_id=context["partner_id"])
        return self.render(self.template, head=self.head(), listing=listing)

    def url(self, endpoint: str, **values: Any) -> str:
        """Events have one page and one *Undo*, with the tenant's trail."""
        return url_for(f"audit.{endpoint}", **values)
