"""Why calls were rejected: the reasons by how often, and one masked example of each."""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Text,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from models import Outcome, RejectionDay, Submission, Uncounted, db
from models.base import first_id
from operations.asked import TENANT, Whose, in_days, in_grain, of_days
from operations.intake_answers import REFUSALS
from operations.metric_rows import is_new
from operations.periods import Days
from operations.rejection_counts import reasons_of

#: So many reasons are explained; the rest hardly ever happens.
MOST = 12
#: Examples are looked for among so many of the last rejected calls.
LOOKED_AT = 500
#: As it stands in the statement: of a parameter no planner knows that the index of unusual outcomes
#: has it.
REJECTED: BindParameter[Outcome] = literal(
    Outcome.REJECTED, Submission.__table__.c.outcome.type, literal_execute=True
)


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

    @property
    def sentence(self) -> str:
        """Say it: a whole call's as its answer does, a field's by its message."""
        is_code = not self.field and self.message in REFUSALS
        return REFUSALS[self.message][1] if is_code else self.message


def ranking(whose: Whose, days: Days, most: int = MOST) -> list[Reason]:
    """Rank the most frequent reasons."""
    return reasons(whose, days)[:most]


def reasons(whose: Whose, days: Days) -> list[Reason]:
    """List the reasons, most frequent first.

    Counted days and what came after the mark are read in one statement, and so as of one moment.
    """
    found: Counter[tuple[str, str]] = Counter()
    rows = db.session.execute(_counted_and_new(*whose.grain), {**whose.values(), **of_days(days)})
    for field, message, errors, calls in rows:
        for reason in reasons_of(message, errors) if field is None else [(field, message)]:
            found[reason] += int(calls)
    ranked = sorted(found, key=lambda reason: (-found[reason], reason))
    return [Reason(*reason, found[reason]) for reason in ranked]


@cache
def _counted_and_new(of_source: bool, of_partner: bool) -> CompoundSelect[Any]:  # noqa: FBT001
    """Select what the worker has counted, and what came after the mark: alike calls in one row."""
    row, errors = RejectionDay, cast(Uncounted.errors, Text)
    nothing = cast(null(), Text).label("errors")
    counted = select(row.field, row.message, nothing, func.sum(row.calls))
    new = select(cast(null(), Text), Uncounted.error, errors, func.count())
    asked = _asked(row, of_source, of_partner)
    asked_new = [is_new(Uncounted, TENANT), *_rejected(Uncounted, of_source, of_partner)]
    return union_all(
        counted.where(*asked).group_by(row.field, row.message),
        new.where(*asked_new).group_by(Uncounted.error, errors),
    )


def _rejected(calls: type[Submission], *grain: bool) -> list[ColumnElement[bool]]:
    counts = [calls.outcome == REJECTED, calls.is_test.is_(False)]
    return [*_asked(calls, *grain), *counts]


def _asked(kind: Any, of_source: bool, of_partner: bool) -> list[ColumnElement[bool]]:  # noqa: ANN401, FBT001
    return [*in_grain(kind, of_source=of_source, of_partner=of_partner), in_days(kind)]


def _first_of(days: Days) -> uuid.UUID:
    """Tell the lowest identifier of a call of these days: the search ends there.

    Wherever the tenant is, its first day began no more than a day before UTC's.
    """
    midnight = datetime.combine(days.first, time(), UTC)
    return first_id((midnight - timedelta(days=1)).timestamp())


def examples(
    whose: Whose, days: Days, reasons: Sequence[Reason]
) -> dict[tuple[str, str], Submission]:
    """Find the latest call for each reason, among the last ones that are still kept."""
    values = {**whose.values(), **of_days(days)}
    newest = (
        select(Submission.id, Submission.error, cast(Submission.errors, Text))
        .where(*_rejected(Submission, *whose.grain), Submission.id >= _first_of(days))
        .order_by(Submission.id.desc())
        .limit(LOOKED_AT)
    )
    chosen = _first_of_each(db.session.execute(newest, values), {reason.key for reason in reasons})
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
