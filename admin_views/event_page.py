"""One audit event in full: who, when, on what, and the values before and after."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from admin_views import words
from admin_views.cells import NOTHING
from admin_views.frame import zone
from models import AuditEvent, Role

#: The words of the values that are stored as states.
ROLES = {role.value: role.word for role in Role}


def changes(event: AuditEvent, fields: Iterable[str] | None = None) -> Iterator[dict[str, str]]:
    """List what is different, field by field; only `fields` where they are named."""
    allowed = None if fields is None else set(fields)
    for key in dict.fromkeys([*event.before, *event.after]):
        if allowed is None or key in allowed:
            yield {
                "field": key.removesuffix("_id").replace("_", " ").capitalize(),
                "before": said(event.before.get(key)),
                "after": said(event.after.get(key)),
            }


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
