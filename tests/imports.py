"""Files that tests import: brought, checked and imported as the screens and the worker do it."""

import io
from collections.abc import Mapping
from itertools import count

from sqlalchemy import insert, select

from models import (
    FileImport,
    FilePiece,
    ImportKind,
    ImportRow,
    Job,
    RowOutcome,
    Scope,
    db,
    enter,
    now,
)
from models.base import new_id
from operations import background, import_files, import_text, imports
from operations.import_steps import STEPS
from policy import Actor
from tests.world import Side


def brought(actor: Actor, body: bytes | str, kind: ImportKind = ImportKind.PARTNERS) -> FileImport:
    """A file that is here, its columns guessed; committed."""
    stream = io.BytesIO(body.encode() if isinstance(body, str) else body)
    encoding = import_text.encoding_of(stream)
    file = import_files.begin(actor, kind, "partners.csv", encoding)
    for number, piece in enumerate(import_text.pieces(stream, encoding)):
        import_files.add(actor, file, number, piece)
    import_files.finish(actor, file)
    db.session.commit()
    return file


def work(job: Job) -> Job:
    """Do a job to its end, as the worker does; the session is inside its tenant afterwards."""
    key = background.key_of(job)
    db.session.commit()
    background.run(key, STEPS)
    enter(db.session, Scope(key[0]))
    return db.session.get_one(Job, key)


def checked(actor: Actor, file: FileImport, columns: Mapping[str, int] | None = None) -> FileImport:
    """The file after its check."""
    key = file.tenant_id, file.id
    work(imports.ask_check(actor, file, file.columns if columns is None else columns))
    return db.session.get_one(FileImport, key)


def imported(actor: Actor, file: FileImport) -> FileImport:
    """The file after its import."""
    key = file.tenant_id, file.id
    work(imports.ask_run(actor, db.session.get_one(FileImport, key)))
    return db.session.get_one(FileImport, key)


def checked_file(side: Side, kind: ImportKind) -> FileImport:
    """A file whose rows are checked, one of which would be created; not committed."""
    file = FileImport(
        tenant_id=side.tenant.id,
        kind=kind,
        name=f"{side.marker}-file.csv",
        by_id=side.admin.id,
        headings=["name", f"{side.marker}-column"],
        columns={"name": 0},
        counts={"created": 1, "refused": 1},
        uploaded_at=now(),
        check_id=new_id(),
        checked_at=now(),
    )
    db.session.add(file)
    db.session.flush()
    own = {"tenant_id": side.tenant.id, "import_id": file.id}
    body = f"name,{side.marker}-column\n{side.marker}-row,\n{side.marker}-refused\n"
    cells = [f"{side.marker}-row", ""]
    db.session.add(FilePiece(**own, number=0, body=body.encode()))
    db.session.add(
        ImportRow(**own, number=2, name=cells[0], cells=cells, outcome=RowOutcome.CREATED)
    )
    refused = ImportRow(**own, number=3, name=f"{side.marker}-refused", cells=cells[:1])
    refused.outcome, refused.remarks = RowOutcome.REFUSED, [["Name", "It is taken."]]
    db.session.add(refused)
    db.session.flush()
    return file


def long_file(tenant_id: int, kind: ImportKind, rows: int) -> str:
    """A file of so many rows with all kinds of outcomes; gives its public identifier."""
    file = FileImport(tenant_id=tenant_id, kind=kind, name="long.csv", headings=["name"])
    file.uploaded_at, file.check_id = now(), new_id()
    db.session.add(file)
    db.session.flush()
    own = {"tenant_id": tenant_id, "import_id": file.id, "cells": [], "remarks": []}
    chosen = list(RowOutcome)
    given = [
        {**own, "id": new_id(), "number": n, "outcome": chosen[n % 7 % 4], "is_done": False}
        for n in range(2, rows + 2)
    ]
    db.session.execute(insert(ImportRow), given)
    return file.public_id


def answers(file: FileImport) -> list[ImportRow]:
    """The answers to its rows, in their order."""
    query = select(ImportRow).where(ImportRow.import_id == file.id).order_by(ImportRow.number)
    return list(db.session.scalars(query))


def outcomes(file: FileImport) -> dict[int, str]:
    """What becomes of each row, by its number."""
    return {row.number: row.outcome.value for row in answers(file)}


def reasons(file: FileImport) -> dict[int, list[list[str]]]:
    """What is remarked of each row, by its number."""
    return {row.number: row.remarks for row in answers(file) if row.remarks}


def many(rows: int) -> str:
    """A file of so many partners."""
    numbers = count(1)
    lines = (f'acme-{next(numbers):07} Leads,"{n}, Main Street\nSuite {n}"' for n in range(rows))
    return "\n".join(["Company,Notes", *lines]) + "\n"
