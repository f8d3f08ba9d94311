"""Imports: saying what the columns mean, checking a file, and importing what was checked."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, update

from models import FileImport, Job, RowOutcome, db
from operations import background, import_files
from operations.import_decisions import SUBJECTS
from operations.import_fields import FIELDS, IDENTIFIER, NAME
from operations.refusal import Invalid, Refusal
from policy import Actor

CHECK, RUN = "import.check", "import.run"
TO_DO = (RowOutcome.CREATED, RowOutcome.CHANGED)
BEGUN = "The import of this file has begun already. Bring the file again to import more of it."


def read_as(actor: Actor, file: FileImport, encoding: str, delimiter: str) -> None:
    """Read the file in another way; what was chosen for its columns is guessed anew."""
    SUBJECTS[file.kind]().check(actor, ())
    # The answers so far are about other columns: nothing of them may be imported any more.
    unchecked: dict[str, Any] = {"check_id": None, "checked_at": None, "counts": {}}
    _move_on(file, FileImport.run_id.is_(None), **unchecked)
    import_files.read_as(file, encoding, delimiter)


def ask_check(actor: Actor, file: FileImport, columns: Mapping[str, int]) -> Job:
    """Queue the check of every row by these columns; a check that is under way is replaced."""
    SUBJECTS[file.kind]().check(actor, columns)
    chosen = _columns(file, columns)
    # The headings are a line too. Rows of several lines make it less in the end.
    total = max(file.lines - 1, 1)
    job = background.ask(actor, CHECK, file, total=total, address=actor.address)
    values = {"columns": chosen, "check_id": job.id, "checked_at": None, "counts": {}}
    _move_on(file, FileImport.run_id.is_(None), **values)
    return job


def ask_run(actor: Actor, file: FileImport) -> Job:
    """Queue the import of what the check found, once; again where it stopped half-way."""
    SUBJECTS[file.kind]().check(actor, file.columns)
    if file.checked_at is None:
        raise Refusal("The file is not checked to its end yet.")
    number = waiting(file)
    if not number:
        raise Refusal("No row of this file would create or change anything.")
    job = background.ask(actor, RUN, file, total=number, address=actor.address)
    still = or_(FileImport.run_id.is_(None), _stopped(FileImport.run_id))
    _move_on(file, still, FileImport.checked_at.is_not(None), run_id=job.id)
    return job


def waiting(file: FileImport) -> int:
    """Tell how many rows the check would import."""
    return sum(file.counts.get(outcome.value, 0) for outcome in TO_DO)


def job_of(file: FileImport) -> Job | None:
    """Find the job that works, or worked last, on the file."""
    identifier = file.run_id or file.check_id
    return db.session.get(Job, (file.tenant_id, identifier)) if identifier else None


def _columns(file: FileImport, columns: Mapping[str, int]) -> dict[str, int]:
    """Check what was chosen: something has to say which partner or source a row is about."""
    names = [field.name for field in FIELDS[file.kind]]
    if not columns.keys() <= set(names) or not set(columns.values()) <= set(
        range(len(file.headings))
    ):
        raise Invalid(NAME, "Choose among the columns of the file.")
    if not {IDENTIFIER, NAME} & columns.keys():
        raise Invalid(NAME, "Choose the column with the name, or the one with the identifier.")
    return {name: columns[name] for name in names if name in columns}


def _move_on(file: FileImport, *still: ColumnElement[bool], **values: Any) -> None:  # noqa: ANN401
    """Change the import if it still is where it was seen, and refuse otherwise."""
    change = update(FileImport).where(FileImport.id == file.id, *still).values(**values)
    change = change.returning(FileImport.id).execution_options(synchronize_session=False)
    if not db.session.execute(change).first():
        raise Refusal(BEGUN)
    db.session.refresh(file)


def _stopped(job_id: ColumnElement[uuid.UUID | None] | Any) -> ColumnElement[bool]:  # noqa: ANN401
    return exists().where(
        and_(Job.tenant_id == FileImport.tenant_id, Job.id == job_id, Job.failed_at.is_not(None))
    )
