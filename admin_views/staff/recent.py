"""What happened last, as the staff's pages tell it: a line each, leading to the object."""

from collections.abc import Iterable, Iterator
from typing import Any

from flask import url_for
from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, select, union_all

from admin_views.event_words import SIGNING, deed_of, icon_of
from admin_views.object_pages import address_of
from models import AuditEvent, Partner, db

#: So many events of jobs are read for each line: one may have done the same to several objects.
READ = 4
_NOTABLE = AuditEvent.kind.not_in(SIGNING)
_BY_HAND = AuditEvent.job_id.is_(None)
_NEWEST = AuditEvent.id.desc()


def _last_of_partner(whose: ColumnElement[bool], most: BindParameter[int]) -> Select[Any]:
    own = (_NOTABLE, whose, AuditEvent.partner_id == bindparam("partner_id"))
    return select(select(AuditEvent.id).where(*own).order_by(_NEWEST).limit(most).subquery())


#: Built once: what people did, and what they and the jobs did to a partner. Beside the many events
#: of a job, those before it are read all the same.
_IN_TENANT = select(AuditEvent).where(_NOTABLE, _BY_HAND).order_by(_NEWEST).limit(bindparam("most"))
_OF_PARTNER = (
    select(AuditEvent)
    .where(
        AuditEvent.id.in_(
            union_all(
                _last_of_partner(_BY_HAND, bindparam("most")),
                _last_of_partner(~_BY_HAND, bindparam("most_of_jobs")),
            )
        )
    )
    .order_by(_NEWEST)
)


def in_tenant(most: int) -> list[dict[str, Any]]:
    """Tell what people did last; of a job that somebody asked for, not each row."""
    return _lines(db.session.scalars(_IN_TENANT, {"most": most}), "")


def about(partner: Partner, most: int) -> list[dict[str, Any]]:
    """Tell what happened last to a partner; what one job did to it is one line for each kind."""
    values = {"partner_id": partner.id, "most": most, "most_of_jobs": most * READ}
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
