"""What happened at the partner, as its own people read it."""

from typing import Any

from markupsafe import Markup
from sqlalchemy import Select

from admin_views import event_page, trail
from admin_views.base import Panel, deed, now_at, page
from admin_views.event_words import ABOUT_RETURNS, FOR_STAFF_ONLY, words_of
from admin_views.lead_words import sees_returns
from admin_views.lists import Column
from guard import came_from
from models import AuditEvent
from operations import undo
from policy import Permission
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


class PartnerActivity(trail.Trail):
    """The own partner's events."""

    panel = Panel.PARTNER
    title = "Activity"
    columns = (trail.WHAT_COLUMN, Column("who", "Who", who, css="wide"), trail.WHEN_COLUMN)

    def base_query(self) -> Select[Any]:
        """Leave out what the tenant does for itself."""
        hidden = FOR_STAFF_ONLY if sees_returns() else (*FOR_STAFF_ONLY, *ABOUT_RETURNS)
        return super().base_query().where(AuditEvent.kind.not_in(hidden))

    @page("/<event_id>/", needs=Permission.AUDIT_VIEW)
    def event(self, event_id: str) -> Any:
        """Show one event, as far as it is the partner's business."""
        event = self.row(event_id)
        may_undo = undo.can_undo(self.actor, event) and not trail.undone([event])
        return self.render(
            "partner/event.html",
            event=event,
            what=words_of(event),
            who=who(event),
            changes=list(event_page.changes(event, SHOWN)),
            undo_url=self.url("undo", event_id=event_id) if may_undo else None,
        )

    @deed("/<event_id>/undo", needs=Permission.PANEL_OPEN)
    def undo(self, event_id: str) -> Any:
        """Take back one's own change of the last ten minutes (operations/undo.py decides)."""
        self.run(undo.undo, trail.find_event(event_id), done="Undone. It is as it was before.")
        return now_at(came_from())
