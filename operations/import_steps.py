"""The jobs of an import: each step checks or imports the next rows of a file, and is committed."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from models import FileImport, ImportKind, ImportRow, Job, RowOutcome, db, now
from models.base import new_id
from models.bulk import insert_many, update_many
from models.engine import take_turns
from operations import audit, background, import_files, imports, statistics
from operations.import_decisions import (
    SUBJECTS,
    carry_out,
    decide,
    refuse_moved,
    refuse_twins,
)
from operations.import_records import Place, Record
from operations.import_rows import Row, Subject, row_of
from operations.imports import TO_DO
from policy import Actor, Permission

#: Rows of one step, and the letters in them: the memory of a step depends on both.
A_STEP = 500
LETTERS = 4_000_000
#: So many new rows change what the database should know of their table.
LARGE = 1000
#: Of a job whose file was asked about again, or is not kept any more.
REPLACED = {"Replaced": "The file was asked about anew"}
EVENTS = {ImportKind.PARTNERS: "partners.imported", ImportKind.SOURCES: "sources.imported"}
WORDS = {
    RowOutcome.CREATED: "Created",
    RowOutcome.CHANGED: "Changed",
    RowOutcome.UNCHANGED: "Unchanged",
    RowOutcome.REFUSED: "Refused",
}


def check_step(job: Job) -> bool:
    """Check the next rows; says whether they were the last."""
    file = _hold(job.subject_id)
    if file is None or file.check_id != job.id:
        job.result = dict(REPLACED)
        return True
    if not job.cursor and import_files.forget_rows(file):  # of a check before
        return False
    subject = SUBJECTS[file.kind]()
    _actor(job, subject, file)
    found = list(_enough(_next(file, job)))
    rows = [
        row_of(number, record, len(file.headings), file.columns)
        for number, record in found
        if any(cell.strip() for cell in record.cells)
    ]
    decide(subject, rows)
    refuse_twins(file, rows)
    if rows:
        insert_many(db.session, ImportRow, [_answer(file, row) for row in rows])
    _count(file, (row.outcome for row in rows))
    return _go_on(job, file, found, len(rows))


def run_step(job: Job) -> bool:
    """Import the next rows that were checked; says whether they were the last."""
    file = _hold(job.subject_id)
    if file is None or file.run_id != job.id:
        job.result = dict(REPLACED)
        return True
    # Two imports at once take turns: each sees what the other created.
    take_turns(db.session, f"import {file.tenant_id}")
    subject = SUBJECTS[file.kind]()
    actor = _actor(job, subject, file)
    foreseen = _foreseen(file, job.cursor.get("number", 0))
    rows = [_again(file, answer) for answer in foreseen]
    decide(subject, rows, hold=True)
    for row, answer in zip(rows, foreseen, strict=True):
        refuse_moved(subject, row, answer)
    carry_out(subject, actor, [row for row in rows if row.outcome in TO_DO])
    _note(file, rows, foreseen)
    job.done += len(rows)
    job.cursor = {"number": foreseen[-1].number} if foreseen else job.cursor
    if len(rows) == A_STEP:
        return False
    _finish(actor, job, file)
    return True


def _hold(identifier: uuid.UUID | None) -> FileImport | None:
    """Hold the file's row: whoever chooses its columns anew waits, and ends the job then."""
    query = select(FileImport).where(FileImport.id == identifier)
    return db.session.scalar(query.with_for_update())


def _actor(job: Job, subject: Subject, file: FileImport) -> Actor:
    """Act as whoever asked, if they still are here and may do this: asked at each step."""
    actor = background.standing(job, Permission.PANEL_OPEN)
    subject.check(actor, file.columns)
    return actor


def _next(file: FileImport, job: Job) -> Iterator[tuple[int, Record]]:
    """Read on from where the last step ended, each row with its number."""
    at = job.cursor or {"piece": 0, "line": 0, "number": 0}
    place = Place(at["piece"], at["line"])
    for number, record in enumerate(import_files.records(file, place), start=at["number"] + 1):
        if number > 1:  # the headings
            yield number, record


def _enough(found: Iterable[tuple[int, Record]]) -> Iterator[tuple[int, Record]]:
    """Take as many rows as a step has."""
    letters = 0
    for count, (number, record) in enumerate(found, start=1):
        yield number, record
        letters += sum(map(len, record.cells))
        if count >= A_STEP or letters > LETTERS:
            return


def _go_on(job: Job, file: FileImport, found: Sequence[tuple[int, Record]], rows: int) -> bool:
    """Keep where the next step begins. The step that finds nothing more is the last."""
    job.done += rows
    if found:
        number, record = found[-1]
        job.cursor = {
            "piece": record.after.piece,
            "line": record.after.line,
            "number": number,
        }
        return False
    job.total = job.done
    file.checked_at = now()
    job.result = _result(file)
    return True


def _answer(file: FileImport, row: Row) -> dict[str, Any]:
    return {
        "tenant_id": file.tenant_id,
        "id": new_id(),
        "import_id": file.id,
        "number": row.number,
        "name": row.name,
        "name_key": row.name_key,
        "cells": list(row.cells),
        "outcome": row.outcome,
        "remarks": row.remarks,
        "object_id": row.target.id if row.target else None,
        "version": row.target.version if row.target else None,
        "is_done": False,
    }


def _foreseen(file: FileImport, after: int) -> Sequence[ImportRow]:
    """Read the next rows that would create or change something and were not imported yet."""
    query = select(ImportRow).where(
        ImportRow.import_id == file.id,
        ImportRow.number > after,
        ImportRow.outcome.in_(TO_DO),
        ImportRow.is_done.is_(False),
    )
    return db.session.scalars(query.order_by(ImportRow.number).limit(A_STEP)).all()


def _again(file: FileImport, answer: ImportRow) -> Row:
    row = Row(answer.number, answer.cells)
    row.listen(file.columns)
    return row


def _note(file: FileImport, rows: Sequence[Row], foreseen: Sequence[ImportRow]) -> None:
    """Keep what became of each row."""
    given = [
        {
            "tenant_id": file.tenant_id,
            "id": answer.id,
            "outcome": row.outcome,
            "remarks": row.remarks,
            "object_id": row.target.id if row.target else None,
            "is_done": True,
        }
        for row, answer in zip(rows, foreseen, strict=True)
    ]
    if given:
        update_many(db.session, ImportRow, given)
    before = Counter(answer.outcome.value for answer in foreseen)
    file.counts = {name: number - before[name] for name, number in file.counts.items()}
    _count(file, (row.outcome for row in rows))


def _count(file: FileImport, outcomes: Iterable[RowOutcome]) -> None:
    counts = Counter(file.counts)
    counts.update(outcome.value for outcome in outcomes)
    file.counts = dict(counts)


def _finish(actor: Actor, job: Job, file: FileImport) -> None:
    file.imported_at = now()
    job.result = _result(file)
    counts = {outcome.value: file.counts.get(outcome.value, 0) for outcome in RowOutcome}
    if counts[RowOutcome.CREATED.value] >= LARGE:
        statistics.note_growth(SUBJECTS[file.kind].model.__tablename__)
    # The file's own event, which stands for its rows where those are left out.
    audit.record(replace(actor, job_id=None), EVENTS[file.kind], file, after=counts)


def _result(file: FileImport) -> dict[str, int]:
    return {word: file.counts.get(outcome.value, 0) for outcome, word in WORDS.items()}


#: How the two jobs are done (schedule.py).
STEPS: dict[str, background.Step] = {imports.CHECK: check_step, imports.RUN: run_step}
