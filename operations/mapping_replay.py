"""Replay: holds the calls that were rejected against a draft, and counts how many would now pass.

A job (operations/background.py): nothing is stored but its progress and its result.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from models import Job, Outcome, Source, Submission, db, now
from models.base import first_id, new_id
from models.submission import unusual_outcome
from operations import audit, background
from operations.intake import errors_of
from operations.intake_answers import Refused
from operations.intake_parser import parse
from operations.mapping_engine import Reader
from operations.mapping_fields import Field, from_json
from operations.mappings import NO_DRAFT, check, draft_of
from operations.refusal import Refusal
from policy import Actor

KIND = "mapping.replay"
#: What the intake answers when fields are wrong; nothing else is the mapping's affair.
FIELDS_WERE_WRONG = "validation_failed"
DAYS_BACK = timedelta(days=30)
#: So many calls are read in one step.
A_STEP = 500
UNREADABLE = ("the whole body", "It could not be read.")


def ask(actor: Actor, source: Source) -> Job:
    """Begin a replay against the draft as it is now; later changes to it are another replay."""
    check(actor, source)
    draft = draft_of(source)
    if draft is None:
        raise Refusal(NO_DRAFT)
    since, until = first_id((now() - DAYS_BACK).timestamp()), new_id()
    total = db.session.scalar(select(func.count()).where(*_rejects(source.id, since, until))) or 0
    if not total:
        raise Refusal("No call of the last 30 days was rejected for its fields.")
    job = background.ask(
        actor,
        KIND,
        source,
        total=total,
        since=str(since),
        until=str(until),
        fields=draft.fields,
        number=draft.number,
        version=draft.version,
    )
    audit.record(actor, "mapping.replayed", source, after={"calls": total})
    return job


def latest(source: Source) -> Job | None:
    """Find the newest replay of a source."""
    return db.session.scalar(
        select(Job)
        .where(Job.subject_id == source.id, Job.kind == KIND)
        .order_by(Job.id.desc())
        .limit(1)
    )


def replay_step(job: Job) -> bool:
    """Read the next calls; says whether they were the last."""
    after = uuid.UUID(job.cursor.get("after", job.facts["since"]))
    calls = db.session.execute(
        select(Submission.id, Submission.body, Submission.content_type, Submission.is_test)
        .where(*_rejects(job.subject_id, after, uuid.UUID(job.facts["until"])))
        .order_by(Submission.id)
        .limit(A_STEP)
    ).all()
    fields = from_json(job.facts["fields"])
    reader = Reader(fields)
    found = [_reasons(fields, reader, call) for call in calls]
    _note(job, found)
    if calls:
        job.cursor = {**job.cursor, "after": str(calls[-1].id)}
    job.done += len(calls)
    return len(calls) < A_STEP


def reasons(job: Job) -> list[tuple[str, str, int]]:
    """List why calls would still be rejected: field, sentence, how many; the most first."""
    counted: list[list[Any]] = job.cursor.get("reasons", [])
    return [(name, sentence, number) for name, sentence, number in counted]


def _note(job: Job, found: Sequence[list[tuple[str, str]]]) -> None:
    """Add to what was counted. Names and sentences are the mapping's own, so they stay few."""
    counted = Counter({(name, text): number for name, text, number in reasons(job)})
    counted.update(reason for each in found for reason in each)
    kept = [[*reason, number] for reason, number in counted.most_common()]
    job.cursor = {**job.cursor, "reasons": kept}
    passing = job.result.get("Would now pass", 0) + sum(not each for each in found)
    failing = job.result.get("Would still be rejected", 0) + sum(bool(each) for each in found)
    job.result = {"Would now pass": passing, "Would still be rejected": failing}


def _reasons(
    fields: Sequence[Field],
    reader: Reader,
    call: Any,  # noqa: ANN401 - a row
) -> list[tuple[str, str]]:
    """Say why this call would be rejected; nothing where it would pass."""
    try:
        payload = parse(call.body, call.content_type)
    except Refused:
        return [UNREADABLE]
    errors = errors_of(fields, reader.read(payload), is_test=call.is_test)
    return [(name, text) for name, texts in errors.items() for text in texts]


def _rejects(
    source_id: uuid.UUID | None, after: uuid.UUID, until: uuid.UUID
) -> tuple[ColumnElement[bool], ...]:
    return (
        Submission.source_id == source_id,
        Submission.outcome == Outcome.REJECTED,
        unusual_outcome(),
        Submission.error == FIELDS_WERE_WRONG,
        Submission.id > after,
        Submission.id <= until,
    )
