"""Sources: create, edit, change status, delete, and take the last two back."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Update, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from models import Assignment, AuditEvent, Source, SourceStatus, db, now
from operations import audit, go_live, handover, source_terms
from operations.place_locks import check_open, lock_partners
from operations.refusal import Forbidden, Invalid, Refusal, Stale
from operations.typed import line, lines
from policy import Actor, Permission, may

NAME, VERTICAL, NOTES = 200, 80, 5000
#: What the audit calls a change to each status.
CHANGED = {
    SourceStatus.PAUSED: "source.paused",
    SourceStatus.LIVE: "source.went_live",
    SourceStatus.TEST: "source.set_to_test",
}
#: By the name in the form: the column, and how to read it.
RULES: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
    "name": (
        "name",
        lambda name, text: line(name, text, NAME, needed="Give the source a name."),
    ),
    "vertical": ("vertical", lambda name, text: line(name, text, VERTICAL)),
    "notes": ("notes", lambda name, text: lines(name, text, NOTES)),
    **source_terms.RULES,
}
STALE = "Somebody else saved this source while you had it open. Nothing of yours was saved."


@dataclass(frozen=True)
class Fields:
    """What staff type about a source; None leaves one of its terms as it is."""

    name: str
    vertical: str = ""
    notes: str = ""
    payout: str | None = None
    duplicate_fields: Sequence[str] | None = None
    duplicate_days: str | None = None
    rate_limit: str | None = None

    def checked(self) -> dict[str, Any]:
        """Read what was typed. Raises Invalid beside the field that cannot be taken."""
        return {
            column: rule(name, getattr(self, name))
            for name, (column, rule) in RULES.items()
            if getattr(self, name) is not None
        }


def create(actor: Actor, fields: Fields, status: SourceStatus = SourceStatus.TEST) -> Source:
    """Add a source that belongs to nobody yet. A name is taken once in a tenant."""
    check_may_edit(actor)
    typed = fields.checked()
    source = Source(tenant_id=actor.tenant_id, status=status, **typed)
    with _saving(source.name):
        db.session.add(source)
    after = {**facts(typed, typed.keys() - {"notes"}), "status": status}
    audit.record(actor, "source.created", source, after=after)
    return source


def edit(actor: Actor, source: Source, version: int, fields: Fields) -> Source:
    """Change what staff typed. Refused when somebody saved since `version` was read."""
    check_may_edit(actor)
    if source.version != version or source.deleted_at:
        raise Stale(STALE)
    typed = fields.checked()
    had = {name: getattr(source, name) for name in typed}
    changed = [name for name in typed if typed[name] != had[name]]
    with _saving(typed["name"]):
        for name in changed:
            setattr(source, name, typed[name])
    if changed:
        before, after = (facts(side, changed) for side in (had, typed))
        audit.record(actor, "source.edited", source, before=before, after=after)
    return source


def set_status(actor: Actor, source: Source, status: SourceStatus) -> AuditEvent:
    """Pause, go live, or go back to test, from the status that was seen."""
    check_may_edit(actor)
    was = source.status
    if was is status:
        raise Refusal(f"“{source.name}” is {status.value} already.")
    is_asked_for = source.go_live_asked_at is not None and status is SourceStatus.LIVE
    answered = {"go_live_asked_at": None} if is_asked_for else {}
    _move_on(source, Source.status == was, Source.deleted_at.is_(None), status=status, **answered)
    if is_asked_for:
        go_live.tell(actor, source, granted=True)
    return audit.record(
        actor, CHANGED[status], source, before={"status": was}, after={"status": status}
    )


def undo_pause(actor: Actor, event: AuditEvent) -> AuditEvent:
    """Bring back the status from before the pause."""
    source, was = _source_of(actor, event), SourceStatus(event.before["status"])
    paused = Source.status == SourceStatus.PAUSED
    _move_on(source, paused, Source.deleted_at.is_(None), status=was)
    return audit.record(
        actor,
        "source.pause_undone",
        source,
        before=event.after,
        after=event.before,
        undoes=event,
    )


def delete(actor: Actor, source: Source) -> AuditEvent:
    """Take the source out of use; history keeps its name, and its assignment ends."""
    check_may_edit(actor)
    partner_id = source.partner_id
    lock_partners([partner_id])
    still = (Source.deleted_at.is_(None), Source.partner_id == partner_id)
    _move_on(source, *still, deleted_at=now(), partner_id=None)
    ended = handover.end(actor, [source])
    before = {"status": source.status, "assignment": ended.get(source.id)}
    return audit.record(actor, "source.deleted", source, partner_id=partner_id, before=before)


def undo_delete(actor: Actor, event: AuditEvent) -> AuditEvent:
    """Bring a deleted source back, with the partner and the assignment it had."""
    source = _source_of(actor, event)
    for partner in lock_partners([event.partner_id]).values():
        check_open(partner)
    back: dict[str, Any] = {"deleted_at": None, "partner_id": event.partner_id}
    try:
        with db.session.begin_nested():
            _move_on(source, Source.deleted_at.is_not(None), **back)
    except IntegrityError as error:
        raise Refusal(f"Another source is called “{source.name}” now.") from error
    if ended := event.before["assignment"]:
        handover.resume([Assignment.parse_id(ended)])
    return audit.record(actor, "source.restored", source, undoes=event)


@contextmanager
def _saving(name: str) -> Iterator[None]:
    """Write what happens in here; the database says whether the name is taken, or this is stale."""
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as error:
        raise Invalid("name", f"There is a source called “{name}” already.") from error
    except StaleDataError as error:
        raise Stale(STALE) from error


def _move_on(source: Source, *still: Any, **values: Any) -> None:  # noqa: ANN401
    """Change the row if it is still as it was seen, and refuse otherwise."""
    changed: Update = (
        update(Source)
        .where(Source.tenant_id == source.tenant_id, Source.id == source.id, *still)
        .values(version=Source.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if not db.session.execute(changed.returning(Source.id)).first():
        raise Refusal(f"Somebody else changed “{source.name}” in the meantime. Look again.")
    db.session.refresh(source)


def _source_of(actor: Actor, event: AuditEvent) -> Source:
    check_may_edit(actor)
    return db.session.scalars(select(Source).where(Source.id == event.object_id)).one()


def check_may_edit(actor: Actor) -> None:
    """Refuse whoever does not edit sources. Every operation asks, whatever a screen offers."""
    if not may(actor, Permission.SOURCES_EDIT):
        raise Forbidden("Your role does not include changing sources.")


def facts(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """As history keeps them. What the notes say is for staff only, and partners read events."""
    return {name: "(for staff only)" if name == "notes" else values[name] for name in names}
