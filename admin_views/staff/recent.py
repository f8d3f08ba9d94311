"""What happened last, as the staff's pages tell it: a line each, leading to the object."""

from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, select

from admin_views.event_words import SIGNING, deed_of, icon_of
from admin_views.object_pages import address_of
from models import AuditEvent, db


def lines(most: int, *wanted: ColumnElement[bool], here: str = "") -> list[dict[str, Any]]:
    """Read the last few events, comings and goings aside; `here` is the object of this page."""
    query = select(AuditEvent).where(AuditEvent.kind.not_in(SIGNING), *wanted)
    events = db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(most))
    return [
        {
            "who": event.actor_name,
            "what": deed_of(event, _address(event, here)),
            "at": event.at,
            "icon": icon_of(event),
        }
        for event in events
    ]


def _address(event: AuditEvent, here: str) -> str:
    """Lead to the object; to the event where that has no page, or where its page is this one."""
    address = None if event.object_public_id == here else address_of(event.object_public_id)
    return address or url_for("audit.event", event_id=event.public_id)
