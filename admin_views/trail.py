"""The audit trail as both panels list it: columns, filters, and finding one event."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from flask import abort, g
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, and_, false, select

from admin_views import cells
from admin_views.base import parsed
from admin_views.event_words import WORDS, label_of, words_of
from admin_views.frame import zone
from admin_views.lists import Column, Filter, ListScreen, RowAction
from models import AuditEvent, Membership, Partner, User, db
from models.among import among
from models.base import first_id, key_of, split_id
from operations.moved_since import moved_since
from operations.undo import can_undo
from policy import Permission

COMMAND_LINE = "command line"
#: Seconds by which an event's identifier, which every index ends with, may be off its moment.
NEAR = 3600


def find_event(public_id: str) -> AuditEvent:
    """Find an event of this scope, or answer 404."""
    wanted = select(AuditEvent).where(AuditEvent.id == parsed(AuditEvent, public_id))
    event = db.session.scalar(wanted)
    return event if event is not None else abort(404)


def settled(events: Sequence[AuditEvent]) -> set[uuid.UUID]:
    """Tell which of these events were undone, or stand in no undo's reach: things moved on.

    Two statements, and none where nothing could be undone.
    """
    return _undone(events) | moved_since(events) if events else set()


def _undone(events: Sequence[AuditEvent]) -> set[uuid.UUID]:
    ids = [event.id for event in events]
    found = select(AuditEvent.undoes_id).where(among(db.session, AuditEvent.undoes_id, ids))
    return {identifier for identifier in db.session.scalars(found) if identifier}


def who(event: AuditEvent, _more: object = None) -> Markup:
    """Show who did it, with their e-mail and network address below."""
    below = " · ".join(part for part in (event.actor_email, event.address) if part)
    name = Markup("<bdi>{}</bdi>").format(event.actor_name)
    return name + Markup('<span class="sub">{}</span>').format(below) if below else name


def when(event: AuditEvent, _more: object = None) -> Markup | str:
    """Show the moment."""
    return cells.moment(event.at)


def _of_object(text: str) -> ColumnElement[bool]:
    try:
        _, identifier = split_id(text.strip())
    except ValueError:
        abort(400, "“Object” takes an identifier, such as partner_01jd3k….")
    return AuditEvent.object_id == identifier


def _of_person(text: str) -> ColumnElement[bool]:
    if key_of(text) == COMMAND_LINE:
        return AuditEvent.actor_id.is_(None)
    person = select(User.id).where(User.email_key == key_of(text)).scalar_subquery()
    members = db.session.scalars(select(Membership.id).where(Membership.user_id == person)).all()
    return AuditEvent.actor_id.in_(members) if members else false()


def _day(text: str, later: int = 0) -> datetime:
    """Begin a day, or one so many days later, in the tenant's own time."""
    try:
        day = date.fromisoformat(text) + timedelta(days=later)
        return datetime.combine(day, time.min, zone()).astimezone(UTC)
    except (ValueError, OverflowError):
        abort(400, "Write a date as year-month-day, such as 2026-11-20.")


def _from(text: str) -> ColumnElement[bool]:
    day = _day(text)
    return and_(AuditEvent.at >= day, AuditEvent.id >= first_id(day.timestamp() - NEAR))


def _to(text: str) -> ColumnElement[bool]:
    day = _day(text, later=1)
    return and_(AuditEvent.at < day, AuditEvent.id < first_id(day.timestamp() + NEAR))


KIND = Filter(
    "kind",
    "What",
    lambda: [(kind, label_of(kind)) for kind in WORDS],
    lambda value: AuditEvent.kind == value,
)
FROM = Filter("from", "From", list, _from, is_free=True, kind="date")
TO = Filter("to", "Until", list, _to, is_free=True, kind="date")
OBJECT = Filter("object", "Object (identifier)", list, _of_object, is_free=True)
PERSON = Filter("person", "Person (e-mail)", list, _of_person, is_free=True)
WHAT_COLUMN = Column("what", "What happened", lambda row, _: words_of(row), css="clip")
WHO_COLUMN = Column("who", "Who", who, css="wide")
WHEN_COLUMN = Column("when", "When", when, sort=AuditEvent.id, numeric=True)


class Trail(ListScreen):
    """Events, newest first. Nothing here edits or deletes one."""

    model = AuditEvent
    noun = ("event", "events")
    to_view = Permission.AUDIT_VIEW
    columns: ClassVar[Sequence[Column]] = (WHAT_COLUMN, WHO_COLUMN, WHEN_COLUMN)
    filters: ClassVar[Sequence[Filter]] = (KIND, FROM, TO)
    empty_icon = "audit"
    empty = ("Nothing has happened yet", "Every change is kept here, with who made it and when.")

    def base_query(self) -> Select[Any]:
        """Every event of the scope."""
        return select(AuditEvent)

    def more(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Read the names of the partners, and which of one's own changes are past undoing."""
        g.settled = settled([row for row in rows if can_undo(self.actor, row)])
        return {"partners": _partner_names(rows)}

    def name_of(self, row: Any) -> str:
        """Say what happened."""
        return words_of(row)

    def url_of(self, row: Any) -> str | None:
        """Lead to the event's own page."""
        return self.url("event", event_id=row.public_id)

    def actions_of(self, row: Any) -> Iterable[RowAction]:
        """Offer *Undo* where the rules allow it."""
        if can_undo(self.actor, row) and row.id not in g.settled:
            yield RowAction("Undo", self.url("undo", event_id=row.public_id), post=True)


def _partner_names(rows: Sequence[AuditEvent]) -> dict[uuid.UUID, tuple[str, str]]:
    ids = {row.partner_id for row in rows if row.partner_id}
    if not ids:
        return {}
    found = db.session.scalars(select(Partner).where(among(db.session, Partner.id, ids)))
    return {partner.id: (partner.name, partner.public_id) for partner in found}
