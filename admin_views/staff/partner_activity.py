"""A partner's page: the activity tab."""

from typing import Any

from flask import url_for
from sqlalchemy import Select

from admin_views import trail
from admin_views.staff.partner_page import OfPartner
from models import AuditEvent


class PartnerActivity(OfPartner, trail.Trail):
    """What concerns one partner."""

    title = "Activity"
    filters = (trail.KIND, trail.PERSON, trail.FROM, trail.TO)

    def base_query(self) -> Select[Any]:
        """Only the events of this partner."""
        return super().base_query().where(AuditEvent.partner_id == self.partner.id)

    def url(self, endpoint: str, **values: Any) -> str:
        """Events have one page and one *Undo*, with the tenant's trail."""
        return url_for(f"audit.{endpoint}", **values)
