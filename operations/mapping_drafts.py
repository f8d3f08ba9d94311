"""The draft of a mapping: save it, fill it from another source, discard it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from models import AuditEvent, FieldMapping, Source, db, now
from operations import audit, mapping_rows
from operations.mapping_differences import differences
from operations.mapping_fields import Field, from_json, to_json
from operations.mappings import check, current, draft_as_seen, draft_of, must_hit, note, this_draft
from operations.refusal import Refusal, Stale
from policy import Actor

STALE = "Somebody else changed this draft while you had it open. Nothing of yours was saved."


@dataclass(frozen=True)
class Seen:
    """Which draft a form showed: its number, and its version, 0 where there was none yet."""

    number: int
    version: int


def next_number(source: Source) -> int:
    """Tell which number the next version has."""
    latest = select(func.max(FieldMapping.number)).where(
        FieldMapping.source_id == source.id, FieldMapping.published_at.is_not(None)
    )
    return (db.session.scalar(latest) or 0) + 1


def save(actor: Actor, source: Source, seen: Seen, fields: Sequence[Field]) -> FieldMapping:
    """Save the draft, or begin one. Refused when somebody saved or published since it was seen."""
    draft = _keep(actor, source, seen, fields)
    _record_draft(actor, "mapping.draft_saved", source, draft)
    return draft


def copy(actor: Actor, source: Source, seen: Seen, origin: Source) -> FieldMapping:
    """Make the draft what another source uses now."""
    if origin.id == source.id:
        raise Refusal("Choose another source: this one has these fields already.")
    draft = _keep(actor, source, seen, current(origin))
    _record_draft(actor, "mapping.copied", source, draft, origin=origin.name)
    return draft


def discard(actor: Actor, source: Source, version: int) -> AuditEvent:
    """Throw the draft away; what is published stays as it is."""
    check(actor, source)
    draft = draft_as_seen(source, version)
    gone = delete(FieldMapping).where(*this_draft(draft))
    must_hit(gone.returning(FieldMapping.id))
    db.session.expunge(draft)
    lost = note(differences(current(source), from_json(draft.fields)))
    return audit.record(actor, "mapping.draft_discarded", source, before={"changes": lost})


def _keep(actor: Actor, source: Source, seen: Seen, fields: Sequence[Field]) -> FieldMapping:
    check(actor, source)
    rows = to_json(mapping_rows.checked(fields))
    if seen.version:
        return _replace(source, seen, rows)
    if seen.number != next_number(source):
        raise Stale(STALE)
    draft = FieldMapping(
        tenant_id=actor.tenant_id, source_id=source.id, number=seen.number, fields=rows
    )
    try:
        with db.session.begin_nested():
            db.session.add(draft)
    except IntegrityError as error:  # the indexes: one draft a source, one version a number
        raise Stale(STALE) from error
    return draft


def _replace(source: Source, seen: Seen, rows: list[dict[str, Any]]) -> FieldMapping:
    draft = draft_of(source)
    if draft is None or (draft.number, draft.version) != (seen.number, seen.version):
        raise Stale(STALE)
    changed = update(FieldMapping).where(*this_draft(draft))
    values = {"fields": rows, "saved_at": now(), "version": seen.version + 1}
    must_hit(changed.values(**values).returning(FieldMapping.id), STALE)
    db.session.refresh(draft)
    return draft


def _record_draft(
    actor: Actor, kind: str, source: Source, draft: FieldMapping, **more: str
) -> None:
    changes = differences(current(source), from_json(draft.fields))
    audit.record(actor, kind, source, after={**more, "changes": note(changes)})
