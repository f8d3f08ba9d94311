"""The rows of one batch while they are decided: what each says, and what becomes of it."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from models import RowOutcome
from operations.formulas import unescaped
from operations.import_records import Record
from operations.refusal import Invalid
from policy import Actor

NOTHING_SAID = "None of the columns that are imported holds anything in this row."
YES = frozenset({"yes", "y", "true", "1", "on", "x"})
NO = frozenset({"no", "n", "false", "0", "off"})
#: So much of a value is shown where it changes.
SHOWN = 60


@dataclass
class Row:
    """One row: first what it says, then what it is about and what becomes of it."""

    number: int
    cells: Sequence[str]
    #: What the mapped cells say, by field; empty cells say nothing.
    said: dict[str, str] = field(default_factory=dict)
    #: What that means, by column of the table, once the rules have read it.
    values: dict[str, Any] = field(default_factory=dict)
    outcome: RowOutcome = RowOutcome.CREATED
    remarks: list[list[str]] = field(default_factory=list)
    #: What exists already, where something does.
    target: Any = None
    #: The name that its partner or source has afterwards, as names are compared.
    name_key: str = ""
    title: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    def listen(self, columns: Mapping[str, int]) -> None:
        """Take what the mapped cells say."""
        said = {name: self.cells[place].strip() for name, place in columns.items()}
        self.said = {name: text for name, text in said.items() if text}
        if not self.said:
            self.refuse("", NOTHING_SAID)

    def refuse(self, label: str, sentence: str) -> None:
        """Say why it cannot be taken; a row may have several reasons."""
        if not self.is_refused:
            self.outcome, self.remarks = RowOutcome.REFUSED, []
        self.remarks.append([label, sentence])

    @property
    def is_refused(self) -> bool:
        """Whether nothing of it is taken."""
        return self.outcome is RowOutcome.REFUSED

    @property
    def name(self) -> str:
        """What lists call it."""
        said = self.said.get("name") or (self.target.name if self.target else self.title)
        return "".join(mark for mark in said[:200] if mark >= " ")

    def differs(self, name: str, column: str, had: Any) -> bool:  # noqa: ANN401
        """Whether it says anything else than there is.

        What a cell says as it stands is no change, though the rule would write it differently.
        """
        return column in self.values and self.values[column] != had and self.said.get(name) != had

    def filled(self, unsaid: Mapping[str, Any]) -> dict[str, Any]:
        """Give every value of what it becomes: as it says, else as it is, else `unsaid`."""
        return {
            name: self.values.get(name, getattr(self.target, name, value))
            for name, value in unsaid.items()
        }

    def settle(self, labels: Mapping[str, str]) -> None:
        """Say what becomes of it, from what differs."""
        if self.target is None:
            self.outcome = RowOutcome.CREATED
        elif not self.after:
            self.outcome = RowOutcome.UNCHANGED
        else:
            self.outcome = RowOutcome.CHANGED
            self.remarks = [
                [labels[name], f"{shown(name, self.before[name])} becomes {shown(name, value)}"]
                for name, value in self.after.items()
            ]


@dataclass(frozen=True)
class Wanted:
    """What a batch asks for: identifiers, and names as they are compared."""

    ids: frozenset[uuid.UUID]
    keys: frozenset[str]


class Subject(Protocol):
    """What the rows of a file become. One for partners, one for sources."""

    #: What one is called, in a sentence.
    noun: str
    model: Any
    #: What a difference is called, by its name in history.
    labels: Mapping[str, str]

    def check(self, actor: Actor, columns: Iterable[str]) -> None:
        """Refuse whoever may not import these columns."""

    def read(self, row: Row) -> None:
        """Apply the rules of the forms to what a row says."""

    def load(self, rows: Sequence[Row], wanted: Wanted, *, hold: bool) -> Sequence[Any]:
        """Find what exists by identifier or by name; held, where it is about to be changed."""

    def compare(self, rows: Sequence[Row]) -> None:
        """Note what differs from what exists."""

    def write(self, actor: Actor, rows: Sequence[Row]) -> None:
        """Create and change, in a bounded number of statements.

        A name that somebody else took at the same moment raises IntegrityError.
        """


def row_of(number: int, record: Record, headings: int, columns: Mapping[str, int]) -> Row:
    """Take a row as it was read, with the escapes of an export undone."""
    cells = [unescaped(cell) for cell in record.cells]
    row = Row(number, cells, title=_title(cells, columns))
    if record.problem:
        row.refuse("", record.problem)
    elif len(cells) < headings or any(cell.strip() for cell in cells[headings:]):
        row.refuse("", f"This row has {len(cells)} cells; the headings are {headings}.")
    else:
        row.listen(columns)
    return row


def _title(cells: Sequence[str], columns: Mapping[str, int]) -> str:
    """Name a row that may not be read any further: by its name, or by how it begins."""
    place = columns.get("name", 0)
    return cells[place if place < len(cells) else 0] if cells else ""


def values_of(target: Any, columns: Iterable[str]) -> dict[str, Any]:  # noqa: ANN401 - a row
    """Read what is written of a partner or source in one statement with the others."""
    return {name: getattr(target, name) for name in columns}


def apply(row: Row, label: str, column: str, rule: Callable[[], Any]) -> None:
    """Read one value; what the rule refuses, refuses the row."""
    try:
        row.values[column] = rule()
    except Invalid as invalid:
        row.refuse(label, invalid.sentence)


def flag(name: str, text: str) -> bool:
    """Read yes or no."""
    word = text.casefold()
    if word not in YES | NO:
        raise Invalid(name, f"Write yes or no, not “{text[:SHOWN]}”.")
    return word in YES


def shown(name: str, value: Any) -> str:  # noqa: ANN401 - any value of a field
    """Show a value in a remark: short, and quoted."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_cents"):
        return f"{value / 100:,.2f}"
    text = ", ".join(value) if isinstance(value, list) else str(value)
    short = " ".join(text[: SHOWN + 1].split())
    if not short:
        return "nothing"
    return f"“{short[:SHOWN]}…”" if len(short) > SHOWN else f"“{short}”"
