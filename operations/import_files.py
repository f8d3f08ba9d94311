"""Files that are brought for an import: taken in pieces, shown, and forgotten after a week."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, or_, select

from config import Settings
from models import FileImport, FilePiece, ImportKind, ImportRow, db, now
from operations import import_records, import_text
from operations.import_decisions import SUBJECTS
from operations.import_fields import guessed
from operations.import_records import Place, Record
from operations.refusal import Invalid
from operations.typed import line
from policy import Actor

LARGEST = 200 * 1024 * 1024
MOST_COLUMNS = 300
SHOWN_ROWS = 5
KEPT = timedelta(days=7)
#: How long a file may take to arrive.
ON_ITS_WAY = timedelta(hours=6)
#: Rows that go in one transaction.
BATCH = 2000


@dataclass(frozen=True)
class Sample:
    """The beginning of a file: its headings and the first rows."""

    headings: list[str]
    rows: list[list[str]]


def begin(actor: Actor, kind: ImportKind, name: str, encoding: str) -> FileImport:
    """Make room for a file, whose pieces follow."""
    SUBJECTS[kind]().check(actor, ())
    file = FileImport(
        tenant_id=actor.tenant_id,
        kind=kind,
        name=_file_name(name),
        by_id=actor.membership_id,
        encoding="utf-8" if encoding.startswith("utf-16") else encoding,
    )
    db.session.add(file)
    db.session.flush()
    return file


def add(_actor: Actor, file: FileImport, number: int, body: bytes) -> None:
    """Keep a piece of it."""
    piece = FilePiece(tenant_id=file.tenant_id, import_id=file.id, number=number, body=body)
    db.session.add(piece)
    file.size += len(body)
    file.lines += body.count(b"\n") or body.count(b"\r")
    db.session.flush()
    db.session.expunge(piece)


def finish(_actor: Actor, file: FileImport) -> None:
    """Take the file as whole, and guess what its columns are."""
    text = _first_text(file)
    read_as(file, file.encoding, import_text.delimiter_of(text))
    file.uploaded_at = now()


def read_as(file: FileImport, encoding: str, delimiter: str) -> None:
    """Read the headings by this encoding and delimiter, and guess the columns anew."""
    file.encoding, file.delimiter = encoding, delimiter
    found = sample(file)
    if not any(heading.strip() for heading in found.headings):
        raise Invalid("file", "The first row of this file is empty: the headings belong there.")
    if len(found.headings) > MOST_COLUMNS:
        raise Invalid("file", f"A file may have {MOST_COLUMNS} columns at most.")
    if not found.rows:
        raise Invalid("file", "This file has headings, and no row below them.")
    file.headings = found.headings
    file.columns = guessed(file.kind, found.headings, found.rows)


def sample(file: FileImport) -> Sample:
    """Read the headings and the first rows."""
    found = [record.cells for record in islice(records(file, Place()), SHOWN_ROWS + 1)]
    headings = found[0] if found else []
    return Sample([heading.strip()[:200] for heading in headings], found[1:])


def records(file: FileImport, place: Place) -> Iterator[Record]:
    """Read the rows of a file from a place on, the headings being the first."""

    def load(number: int) -> bytes | None:
        query = select(FilePiece.body).where(
            FilePiece.import_id == file.id, FilePiece.number == number
        )
        return db.session.scalar(query)

    source = import_records.lines(load, file.encoding, place)
    return import_records.records(source, file.delimiter)


def recent(kind: ImportKind) -> Sequence[FileImport]:
    """List the last files of a kind, the newest first."""
    query = select(FileImport).where(
        FileImport.kind == kind, FileImport.uploaded_at.is_not(None), FileImport.id.is_not(None)
    )
    return db.session.scalars(query.order_by(FileImport.id.desc()).limit(10)).all()


def forget_files(_settings: Settings) -> bool:
    """Remove a part of what is no longer kept, and tell whether there may be more.

    The caller commits each batch by itself and asks again.
    """
    query = select(FileImport).where(_is_over()).order_by(FileImport.created_at).limit(1)
    file = db.session.scalar(query)
    if file is None:
        return False
    if not (forget_rows(file) or _forget(FilePiece, file, 20)):
        db.session.delete(file)
        db.session.flush()
    return True


def forget_rows(file: FileImport) -> bool:
    """Remove a batch of the answers to its rows; tells whether there were any."""
    return _forget(ImportRow, file, BATCH)


def _forget(kind: Any, file: FileImport, most: int) -> bool:  # noqa: ANN401 - a mapped class
    own = (kind.tenant_id == file.tenant_id, kind.import_id == file.id)
    oldest = select(kind.id).where(*own).order_by(kind.number).limit(most)
    gone = delete(kind).where(*own, kind.id.in_(oldest))
    gone = gone.execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", db.session.execute(gone)).rowcount > 0


def _is_over() -> ColumnElement[bool]:
    half = FileImport.uploaded_at.is_(None) & (FileImport.created_at < now() - ON_ITS_WAY)
    return or_(FileImport.created_at < now() - KEPT, half)


def _first_text(file: FileImport) -> str:
    query = select(FilePiece.body).where(FilePiece.import_id == file.id, FilePiece.number == 0)
    return (db.session.scalar(query) or b"").decode(file.encoding, "replace")


def _file_name(name: str) -> str:
    """Name the file in one line; whatever a browser sends."""
    plain = "".join(mark for mark in name if mark.isprintable())
    return line("file", plain[-200:], 200) or "file"
