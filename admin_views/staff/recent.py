"""What happened last, as the staff's pages tell it: a line each, leading to the object."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, bindparam, select, union_all

from admin_views.event_words import SIGNING, deed_of, icon_of
from admin_views.object_pages import address_of
from models import AuditEvent, Partner, db
from models.engine import constant

#: So many events of jobs are read for each line: one may have done the same to several objects.
READ = 4
_NOTABLE = AuditEvent.kind.not_in(SIGNING)
_BY_HAND = AuditEvent.job_id.is_(None)
_NEWEST = AuditEvent.id.desc()


@cache
def _in_tenant(most: int) -> Select[Any]:
    """Find what people did, not the jobs."""
    return select(AuditEvent).where(_NOTABLE, _BY_HAND).order_by(_NEWEST).limit(constant(most))


@cache
def _of_partner(most: int) -> Select[Any]:
    """Find what people and jobs did: those before the many of a job are read all the same.

    Planned anew for each: to one partner three things happened, to another fifty thousand.
    """
    both = ((_BY_HAND, most), (~_BY_HAND, most * READ))
    ids = union_all(*(_last_of_partner(*which) for which in both))
    events = select(AuditEvent).where(AuditEvent.id.in_(ids)).order_by(_NEWEST)
    return events.execution_options(planned_anew=True)


def _last_of_partner(whose: ColumnElement[bool], most: int) -> Select[Any]:
    own = (_NOTABLE, whose, AuditEvent.partner_id == bindparam("partner_id"))
    found = select(AuditEvent.id).where(*own).order_by(_NEWEST).limit(most)
    return select(found.subquery())


def in_tenant(most: int) -> list[dict[str, Any]]:
    """Tell what people did last; of a job that somebody asked for, not each row."""
    return _lines(db.session.scalars(_in_tenant(most)), "")


def about(partner: Partner, most: int) -> list[dict[str, Any]]:
    """Tell what happened last to a partner; what one job did to it is one line for each kind."""
    events = db.session.scalars(_of_partner(most), {"partner_id": partner.id})
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
