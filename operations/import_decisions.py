"""What becomes of a batch of rows: decided for the check, and once more as it is imported."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from models import FileImport, ImportKind, ImportRow, RowOutcome, db
from models.among import among
from models.base import key_of
from operations.import_fields import IDENTIFIER, NAME
from operations.import_partners import Partners
from operations.import_rows import Row, Subject, Wanted
from operations.import_sources import Sources
from policy import Actor

SUBJECTS: Mapping[ImportKind, type[Subject]] = {
    ImportKind.PARTNERS: Partners,
    ImportKind.SOURCES: Sources,
}


def decide(subject: Subject, rows: Sequence[Row], *, hold: bool = False) -> None:
    """Say of each row what it creates or changes, or why it is refused."""
    for row in _open(rows):
        subject.read(row)
        _identify(subject, row)
    _find(subject, rows, hold=hold)
    subject.compare(_open(rows))
    for row in _open(rows):
        row.settle(subject.labels)


def refuse_twins(file: FileImport, rows: Sequence[Row]) -> None:
    """Refuse what an earlier row of the file is about already; the first one counts."""
    seen = _seen(file, _open(rows))
    for row in _open(rows):
        about = {row.name_key, row.target.id if row.target else row.name_key}
        first = next((seen[one] for one in about if one in seen), None)
        if first is not None:
            row.refuse("", f"Row {first:,} is about the same one. Only the first of them counts.")
        else:
            seen.update(dict.fromkeys(about, row.number))


def carry_out(subject: Subject, actor: Actor, rows: Sequence[Row]) -> None:
    """Import rows that were decided, all in one go; where that fails, all but those that fail."""
    if not rows:
        return
    try:
        with db.session.begin_nested():
            subject.write(actor, rows)
    except IntegrityError:
        # The one constraint that is left to the database: a name that was free a moment ago.
        if len(rows) == 1:
            rows[0].refuse("Name", f"Another {subject.noun} has this name already.")
            return
        half = len(rows) // 2
        carry_out(subject, actor, rows[:half])
        carry_out(subject, actor, rows[half:])


def refuse_moved(subject: Subject, row: Row, foreseen: ImportRow) -> None:
    """Refuse what is not as the check saw it, unless nothing is left to be done."""
    if row.is_refused or row.outcome is RowOutcome.UNCHANGED:
        return
    noun, again = subject.noun, "Check the file again to see what it would change."
    if foreseen.object_id is None and row.target is not None:
        row.refuse("Name", f"A {noun} of this name was added after the check. {again}")
    elif foreseen.object_id is not None and row.target is None:
        row.refuse("", f"This {noun} is not there any more. {again}")
    elif row.target is not None and row.target.version != foreseen.version:
        row.refuse("", f"Somebody changed this {noun} after the check. {again}")


def _open(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if not row.is_refused]


def _identify(subject: Subject, row: Row) -> None:
    """Read what says which one it is about: the identifier, or else the name."""
    if text := row.said.get(IDENTIFIER):
        try:
            row.values["id"] = subject.model.parse_id(text)
        except ValueError:
            sentence = f"“{text[:60]}” is no identifier of a {subject.noun} in Inflow."
            row.refuse("Identifier", f"{sentence} Leave the cell empty to go by the name.")
    elif NAME not in row.said:
        row.refuse("Name", f"Give the {subject.noun} a name.")
    row.name_key = key_of(row.values.get(NAME, ""))


def _find(subject: Subject, rows: Sequence[Row], *, hold: bool) -> None:
    """Give each row what exists already; a name of somebody else is taken."""
    asking = _open(rows)
    ids = frozenset(row.values["id"] for row in asking if "id" in row.values)
    wanted = Wanted(ids, frozenset(row.name_key for row in asking if row.name_key))
    found = subject.load(asking, wanted, hold=hold)
    by_id = {one.id: one for one in found}
    by_key = {one.name_key: one for one in found}
    for row in asking:
        own, named = by_id.get(row.values.get("id")), by_key.get(row.name_key)
        if "id" not in row.values:
            row.target = named
            if named:  # found by its name, it keeps the name as it is written
                del row.values[NAME]
        elif own is None:
            row.refuse("Identifier", f"There is no {subject.noun} with this identifier.")
        elif named not in {None, own}:
            row.refuse("Name", f"Another {subject.noun} has this name already.")
        else:
            row.target = own
            row.name_key = row.name_key or own.name_key


def _seen(file: FileImport, rows: Sequence[Row]) -> dict[uuid.UUID | str, int]:
    """Find earlier rows of the file that are about any of these, by what they are about."""
    ids = [row.target.id for row in rows if row.target]
    in_keys = partial(among, db.session, ImportRow.name_key)
    earlier = select(ImportRow.number, ImportRow.object_id, ImportRow.name_key).where(
        ImportRow.import_id == file.id,
        ImportRow.outcome != RowOutcome.REFUSED,
        or_(in_keys(row.name_key for row in rows), among(db.session, ImportRow.object_id, ids)),
    )
    seen: dict[uuid.UUID | str, int] = {}
    for number, object_id, name_key in db.session.execute(earlier):
        seen.setdefault(name_key, number)
        if object_id:
            seen.setdefault(object_id, number)
    return seen
