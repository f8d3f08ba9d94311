"""What happened last, as the staff's pages tell it: a line each, leading to the object."""

from typing import Any

from flask import url_for
from sqlalchemy import bindparam, select

from admin_views.event_words import SIGNING, deed_of, icon_of
from admin_views.object_pages import address_of
from models import AuditEvent, Partner, db

_LAST = (
    select(AuditEvent)
    .where(AuditEvent.kind.not_in(SIGNING))
    .order_by(AuditEvent.id.desc())
    .limit(bindparam("most"))
)
_LAST_OF_PARTNER = _LAST.where(AuditEvent.partner_id == bindparam("partner_id"))


def lines(most: int, partner: Partner | None = None) -> list[dict[str, Any]]:
    """Read the last few events, comings and goings aside: of all, or for a partner's own page."""
    if partner is None:
        events, here = db.session.scalars(_LAST, {"most": most}), ""
    else:
        values = {"most": most, "partner_id": partner.id}
        events, here = db.session.scalars(_LAST_OF_PARTNER, values), partner.public_id
    return [
        {
            "who": event.actor_name,
            "what": deed_of(event, _address(event, here)),
            "at": event.at,
            "icon": icon_of(event),
        }
        for event in events.all()
    ]


def _address(event: AuditEvent, here: str) -> str:
    """Lead to the object; to the event where that has no page, or where its page is this one."""
    address = None if event.object_public_id == here else address_of(event.object_public_id)
    return address or url_for("audit.event", event_id=event.public_id)
