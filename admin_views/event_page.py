"""One audit event in full: who, when, on what, and the values before and after."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, ClassVar

from admin_views import trail, words
from admin_views.base import deed, now_at, page
from admin_views.cells import NOTHING
from admin_views.event_words import words_of
from admin_views.frame import zone
from admin_views.job_words import lead_to_progress
from admin_views.money import money
from guard import came_from
from models import AuditEvent, Role
from operations import crediting_back, undo
from policy import Permission

MEANWHILE = "What came meanwhile is credited within two minutes."
#: The words of the values that are stored as states.
ROLES = {role.value: role.word for role in Role}
#: What some stored fields and values are called on the screens that set them.
LABELS = {
    "credit": "Leads from before",
    "duplicate_days": "Days for duplicates",
    "duplicate_fields": "Fields that make duplicates",
    "is_test": "Test leads",
    "number": "Version",
    "payout_cents": "Payout",
    "rate_limit": "Calls per minute",
}
VALUES = {
    ("credit", "all"): "Credited",
    ("credit", "leave"): "Left as they were",
    ("credit", "since"): "Credited since a date",
    ("kind", "basic"): "Key and secret",
    ("kind", "bearer"): "Bearer token",
}


class EventPages(trail.Trail):
    """A trail whose events have a page each, and *Undo* where the rules allow it."""

    event_template: ClassVar[str]
    #: The fields whose values are shown; all of them where it is None.
    shown: ClassVar[Iterable[str] | None] = None

    def about(self, event: AuditEvent) -> dict[str, Any]:
        """Say what this panel's page needs besides; each panel answers."""
        raise NotImplementedError

    @page("/<event_id>/", needs=Permission.AUDIT_VIEW)
    def event(self, event_id: str) -> Any:
        """Show one event, as far as it is this panel's business."""
        event = self.row(event_id)
        may_undo = undo.can_undo(self.actor, event) and not trail.settled([event])
        return self.render(
            self.event_template,
            event=event,
            what=words_of(event),
            changes=list(changes(event, self.shown)),
            undo_url=self.url("undo", event_id=event_id) if may_undo else None,
            **self.about(event),
        )

    @deed("/<event_id>/undo", needs=Permission.PANEL_OPEN)
    def undo(self, event_id: str) -> Any:
        """Take back one's own change of the last ten minutes (operations/undo.py decides)."""
        event = trail.find_event(event_id)
        self.run(undo.undo, event, done="Undone. It is as it was before.")
        if event.kind == "source.unassigned":
            lead_to_progress(self.actor, crediting_back.KIND, MEANWHILE)
        return now_at(came_from())


def changes(event: AuditEvent, fields: Iterable[str] | None = None) -> Iterator[dict[str, str]]:
    """List what is different, field by field; only `fields` where they are named."""
    allowed = None if fields is None else set(fields)
    for key in dict.fromkeys([*event.before, *event.after]):
        if allowed is None or key in allowed:
            yield {
                "field": LABELS.get(key) or key.removesuffix("_id").replace("_", " ").capitalize(),
                "before": _said_of(key, event.before.get(key)),
                "after": _said_of(key, event.after.get(key)),
            }


def _said_of(key: str, value: Any) -> str:
    if key.endswith("_cents") and isinstance(value, int):
        return money(value)
    return VALUES.get((key, str(value))) or said(value)


def said(value: Any) -> str:
    """Say a stored value as a person reads it."""
    if value is None or value in ("", []):
        return NOTHING
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(said(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {said(item)}" for key, item in value.items())
    return _text(str(value))


def _text(value: str) -> str:
    if value in ROLES:
        return ROLES[value]
    if "T" in value and len(value) > len("2026-01-01T00:00"):
        return _moment(value)
    return value


def _moment(value: str) -> str:
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return value
    return words.exact(when, zone()) if when.tzinfo else value
