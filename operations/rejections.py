"""Why calls were rejected: the reasons by how often, and one masked example of each."""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func, null, select, union_all

from models import EVERY, Outcome, RejectionDay, Submission, db
from models.submission import unusual_outcome
from operations.metric_rows import is_new
from operations.periods import Days
from operations.rejection_counts import reasons_of
from policy import Actor

#: So many reasons are explained; the rest hardly ever happens.
MOST = 12
#: Examples are looked for among so many of the last rejected calls.
LOOKED_AT = 500


@dataclass(frozen=True)
class Reason:
    """Field and message; the field is empty where a call was refused as a whole."""

    field: str
    message: str
    calls: int

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others."""
        return self.field, self.message


def ranking(
    actor: Actor, days: Days, source_id: uuid.UUID | None = None, most: int = MOST
) -> list[Reason]:
    """Rank the reasons of one source, or of all that the actor may see, most frequent first.

    Counted days and what came after the mark are read in one statement, and so as of one moment.
    """
    both = union_all(_counted(actor, days, source_id), _new(actor, days, source_id))
    found: Counter[tuple[str, str]] = Counter()
    for field, message, errors, calls in db.session.execute(both):
        for reason in reasons_of(message, errors) if field is None else [(field, message)]:
            found[reason] += int(calls)
    return [Reason(*key, calls) for key, calls in found.most_common(most)]


def _counted(actor: Actor, days: Days, source_id: uuid.UUID | None) -> Select[*tuple[Any, ...]]:
    """Select what the worker has counted, in the grain that holds just what is asked."""
    row = RejectionDay
    rows: Select[*tuple[Any, ...]] = (
        select(row.field, row.message, cast(null(), Text).label("errors"), func.sum(row.calls))
        .where(
            row.tenant_id == actor.tenant_id,
            *_within(row, days),
            *grain(source_id, actor.partner_id),
        )
        .group_by(row.field, row.message)
    )
    return rows


def grain(source_id: uuid.UUID | None, partner_id: uuid.UUID | None) -> list[ColumnElement[bool]]:
    """Narrow the counted days to the rows that hold just what is asked, each call once."""
    row = RejectionDay
    if source_id is None:
        return [row.source_id == EVERY, row.partner_id == (partner_id or EVERY)]
    own = [row.partner_id == partner_id] if partner_id else []
    return [row.source_id == source_id, *own]


def _new(actor: Actor, days: Days, source_id: uuid.UUID | None) -> Select[*tuple[Any, ...]]:
    """Select what came after the mark; alike calls in one row."""
    errors = cast(Submission.errors, Text)
    alike = (Submission.error, errors)
    rows: Select[*tuple[Any, ...]] = (
        select(cast(null(), Text), *alike, func.count())
        .where(is_new(Submission, actor.tenant_id), *_rejected(actor, days, source_id))
        .group_by(*alike)
    )
    return rows


def _rejected(actor: Actor, days: Days, source_id: uuid.UUID | None) -> list[ColumnElement[bool]]:
    row = Submission
    own = [row.source_id == source_id] if source_id else []
    own += [row.partner_id == actor.partner_id] if actor.partner_id else []
    return [
        row.tenant_id == actor.tenant_id,
        row.outcome == Outcome.REJECTED,
        unusual_outcome(),
        row.is_test.is_(False),
        *_within(row, days),
        *own,
    ]


def _within(row: Any, days: Days) -> list[ColumnElement[bool]]:  # noqa: ANN401 - either table
    return [row.day >= days.first, row.day <= days.last]


def examples(
    actor: Actor, days: Days, source_id: uuid.UUID, reasons: Sequence[Reason]
) -> dict[tuple[str, str], Submission]:
    """Find the latest call for each reason, among the last ones that are still kept."""
    newest = (
        select(Submission.id, Submission.error, cast(Submission.errors, Text))
        .where(*_rejected(actor, days, source_id))
        .order_by(Submission.id.desc())
        .limit(LOOKED_AT)
    )
    chosen = _first_of_each(db.session.execute(newest), {reason.key for reason in reasons})
    found = db.session.scalars(select(Submission).where(Submission.id.in_(chosen.values())))
    by_id = {submission.id: submission for submission in found}
    return {key: by_id[identifier] for key, identifier in chosen.items() if identifier in by_id}


def _first_of_each(
    rows: Iterable[Any], wanted: set[tuple[str, str]]
) -> dict[tuple[str, str], uuid.UUID]:
    chosen: dict[tuple[str, str], uuid.UUID] = {}
    for identifier, error, errors in rows:
        for key in reasons_of(error, errors):
            if key in wanted:
                chosen.setdefault(key, identifier)
    return chosen
