"""Field mappings: what is in force, what was before, and putting a draft in force."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from models import AuditEvent, FieldMapping, Membership, Source, db, now
from operations import audit, mapping_letters
from operations.mapping_differences import differences, shown
from operations.mapping_fields import STARTER, Field, from_json
from operations.refusal import Forbidden, Refusal, Stale
from policy import Actor, Permission, may

NO_DRAFT = "There is no draft any more: somebody published or discarded it."
#: The list of versions shows so many, the newest first.
MOST_SHOWN = 50
#: History keeps so many characters of what changed.
LONGEST_NOTE = 2000


def published(source: Source) -> FieldMapping | None:
    """Find the mapping in force; None while the source uses the starter mapping."""
    if source.mapping_id is None:
        return None
    return db.session.scalar(select(FieldMapping).where(FieldMapping.id == source.mapping_id))


def fields_of(mapping: FieldMapping | None) -> tuple[Field, ...]:
    """Read a mapping's rows; without one they are the starter's."""
    return STARTER if mapping is None else from_json(mapping.fields)


def current(source: Source) -> tuple[Field, ...]:
    """Read the rows in force."""
    return fields_of(published(source))


def draft_of(source: Source) -> FieldMapping | None:
    """Find the draft, if somebody began one."""
    return db.session.scalar(
        select(FieldMapping).where(
            FieldMapping.source_id == source.id, FieldMapping.published_at.is_(None)
        )
    )


def history(source: Source) -> Sequence[FieldMapping]:
    """List the published versions with who published them, the newest first."""
    return db.session.scalars(
        select(FieldMapping)
        .where(FieldMapping.source_id == source.id, FieldMapping.published_at.is_not(None))
        .options(joinedload(FieldMapping.published_by).joinedload(Membership.user))
        .order_by(FieldMapping.number.desc())
        .limit(MOST_SHOWN)
    ).all()


def publish(actor: Actor, source: Source, version: int) -> AuditEvent:
    """Put the draft in force, for every call from now on, and tell the partner's people."""
    check(actor, source)
    draft, before = draft_as_seen(source, version), published(source)
    old, new = fields_of(before), from_json(draft.fields)
    if old == new:
        raise Refusal("The draft is the same as what is published. There is nothing to publish.")
    _close(actor, draft)
    told = _put_in_force(source, draft)
    mapping_letters.tell(source, told, draft.number, differences(shown(old), shown(new)))
    return audit.record(
        actor,
        "mapping.published",
        source,
        before={"number": before.number if before else None},
        after={"number": draft.number, "changes": note(differences(old, new))},
    )


def draft_as_seen(source: Source, version: int) -> FieldMapping:
    """Find the draft in the version that the page showed. Raises Refusal or Stale."""
    draft = draft_of(source)
    if draft is None:
        raise Refusal(NO_DRAFT)
    if draft.version != version:
        raise Stale("Somebody else saved this draft in the meantime. Look at it again.")
    return draft


def _close(actor: Actor, draft: FieldMapping) -> None:
    """From here on the row never changes. Of two who publish at once, one gets here."""
    closed = update(FieldMapping).where(*this_draft(draft))
    values = {"published_at": now(), "published_by_id": actor.membership_id}
    must_hit(closed.values(**values).returning(FieldMapping.id))
    db.session.refresh(draft)


def _put_in_force(source: Source, draft: FieldMapping) -> Any:  # noqa: ANN401 - an identifier
    """Let the source use it, and tell which partner the source is with at this moment."""
    taken = (
        update(Source)
        .where(
            Source.id == source.id,
            Source.mapping_id.is_not_distinct_from(source.mapping_id),
            Source.deleted_at.is_(None),
        )
        .values(mapping_id=draft.id)
        .returning(Source.partner_id)
    )
    (partner_id,) = must_hit(taken)
    db.session.refresh(source)
    return partner_id


def this_draft(draft: FieldMapping) -> tuple[Any, ...]:
    """Criterion for the draft as it was read; it fails once somebody was quicker."""
    return (
        FieldMapping.id == draft.id,
        FieldMapping.version == draft.version,
        FieldMapping.published_at.is_(None),
    )


def must_hit(statement: Any, otherwise: str = NO_DRAFT) -> Any:  # noqa: ANN401
    """Change what is still as it was seen; the database decides, and says what it changed."""
    only_there = statement.execution_options(synchronize_session=False)
    row = db.session.execute(only_there).first()
    if row is None:
        raise Stale(otherwise)
    return row


def note(changes: Sequence[str]) -> str:
    """Write differences as history keeps them."""
    return " ".join(changes)[:LONGEST_NOTE]


def check(actor: Actor, source: Source) -> None:
    """Refuse those who may not change sources, and sources that were deleted."""
    if not may(actor, Permission.SOURCES_EDIT):
        raise Forbidden("Your role does not include changing sources.")
    if source.deleted_at:
        raise Refusal(f"“{source.name}” was deleted. Restore it first.")
