"""What happened at the partner, as its own people read it."""

from typing import Any

from markupsafe import Markup
from sqlalchemy import Select

from admin_views import event_page, trail
from admin_views.base import Panel
from admin_views.event_words import ABOUT_RETURNS, FOR_STAFF_ONLY
from admin_views.lead_words import sees_returns
from admin_views.lists import Column
from models import AuditEvent
from visitor import tenant_name

#: What partner people may read of a change. Everything else stays with the tenant: its notes,
#: tags, account manager, and whatever a later table adds until somebody decides otherwise.
SHOWN = (
    "name",
    "contact_name",
    "contact_email",
    "phone",
    "website",
    "status",
    "email",
    "role",
    "vertical",
    "expires_at",
    "return_reason",
)


def who(event: AuditEvent, _more: object = None) -> Markup:
    """Name own people; the tenant's staff are the tenant, without name or address."""
    if event.actor_is_staff:
        return Markup("<bdi>{}</bdi>").format(tenant_name())
    return trail.who(event)


class PartnerActivity(event_page.EventPages):
    """The own partner's events."""

    panel = Panel.PARTNER
    title = "Activity"
    event_template = "partner/event.html"
    shown = SHOWN
    columns = (trail.WHAT_COLUMN, Column("who", "Who", who, css="wide"), trail.WHEN_COLUMN)

    def base_query(self) -> Select[Any]:
        """Leave out what the tenant does for itself."""
        hidden = FOR_STAFF_ONLY if sees_returns() else (*FOR_STAFF_ONLY, *ABOUT_RETURNS)
        return super().base_query().where(AuditEvent.kind.not_in(hidden))

    def about(self, event: AuditEvent) -> dict[str, Any]:
        """Name who did it as these people know them."""
        return {"who": who(event)}
