"""What happened last, as the staff's pages tell it: a line each, leading to the object."""

from collections.abc import Iterable, Iterator
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
#: Built once: what people did, and all that happened to a partner.
_BY_HAND = _LAST.where(AuditEvent.job_id.is_(None))
_OF_PARTNER = _LAST.where(AuditEvent.partner_id == bindparam("partner_id"))
#: So many events are read for each line: a job may have done the same to several objects. Each
#: costs as much as drawing it.
READ = 4


def in_tenant(most: int) -> list[dict[str, Any]]:
    """Tell what people did last; of a job that somebody asked for, not each row."""
    return _lines(db.session.scalars(_BY_HAND, {"most": most}), "")


def about(partner: Partner, most: int) -> list[dict[str, Any]]:
    """Tell what happened last to a partner; what one job did to it is one line for each kind."""
    values = {"most": most * READ, "partner_id": partner.id}
    events = db.session.scalars(_OF_PARTNER, values)
    return _lines(events, partner.public_id)[:most]


def _lines(events: Iterable[AuditEvent], here: str) -> list[dict[str, Any]]:
    """Say each; `here` is the object of this page."""
    return [
        {
            "who": event.actor_name,
            "what": deed_of(event, _address(event, here)) + _more(others),
            "at": event.at,
            "icon": icon_of(event),
        }
        for event, others in _grouped(events)
    ]


def _more(others: int) -> str:
    return " and others" if others else ""


def _grouped(events: Iterable[AuditEvent]) -> Iterator[tuple[AuditEvent, int]]:
    """Take what one job did of one kind as one, with how many others there are."""
    groups: dict[Any, list[AuditEvent]] = {}
    for event in events:
        key = (event.job_id, event.kind) if event.job_id else event.id
        groups.setdefault(key, []).append(event)
    for group in groups.values():
        yield group[0], len(group) - 1


def _address(event: AuditEvent, here: str) -> str:
    """Lead to the object; to the event where that has no page, or where its page is this one."""
    address = None if event.object_public_id == here else address_of(event.object_public_id)
    return address or url_for("audit.event", event_id=event.public_id)
