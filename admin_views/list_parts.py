"""What a list is declared with: columns, filters, row actions, bulk deeds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from flask import g
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select

from policy import Actor, Permission, may

Cell = Callable[[Any, dict[str, Any]], Markup | str]
Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Column:
    """One column of a list.

    `cell(row, more)` gives what the page shows; `text(row, more)` what the export holds
    (the same, unless said). `sort` is a column that is never null.
    """

    key: str
    label: str
    cell: Cell
    sort: Any = None
    #: Whether no two rows share what it sorts by, so that nothing else has to break a tie.
    is_unique: bool = False
    text: Cell | None = None
    numeric: bool = False
    css: str = ""
    in_export: bool = True
    #: Whether the page shows it in a column of its own, and not only the export.
    on_page: bool = True
    #: What a role needs to see it, besides the list.
    needs: Permission | None = None


def on_page(columns: Iterable[Column], actor: Actor) -> list[Column]:
    """Keep the columns that the page shows this actor."""
    return [column for column in seen(columns, actor) if column.on_page]


def exported(columns: Iterable[Column], actor: Actor) -> list[Column]:
    """Keep the columns that this actor's export holds."""
    return [column for column in seen(columns, actor) if column.in_export]


class Part(Protocol):
    """A part of a list that may not be everybody's."""

    @property
    def needs(self) -> Permission | None:
        """What a role needs to know of it, besides the list."""


SomePart = TypeVar("SomePart", bound=Part)


def seen(parts: Iterable[SomePart], actor: Actor) -> list[SomePart]:
    """Keep what this actor may know of; for all others the list has no such part."""
    return [part for part in parts if part.needs is None or may(actor, part.needs)]


@dataclass(frozen=True)
class Filter:
    """One filter: offered as choices, applied as a criterion, kept in the address.

    `choices()` gives (value, word) pairs; `where(value)` the criterion of one value.
    """

    name: str
    label: str
    choices: Callable[[], Choices]
    where: Callable[[str], ColumnElement[bool]]
    #: Whether values beyond the choices are taken (a date, a tag typed by hand).
    is_free: bool = False
    #: The control of a filter without choices: "text" or "date".
    kind: str = "text"
    #: What a value beyond the choices is called, where it is not its own word.
    word: Callable[[str], str] | None = None
    #: Narrows a query whose rows are only counted, in no order, if that is better put otherwise.
    to_count: Callable[[Select[Any], str], Select[Any]] | None = None
    #: What a role needs to ask for it, besides the list.
    needs: Permission | None = None

    def offered(self) -> Choices:
        """Give the choices, read once in a request however often they are asked for."""
        read: dict[Filter, Choices] = g.setdefault("filter_choices", {})
        if self not in read:
            read[self] = self.choices()
        return read[self]

    def word_of(self, value: str) -> str:
        """Say a value as people read it."""
        words = dict(self.offered())
        if value not in words and self.word is not None:
            return self.word(value)
        return words.get(value, value)


@dataclass(frozen=True)
class RowAction:
    """A word in a row: a link, or a button where `post` is set."""

    word: str
    url: str
    post: bool = False
    sharp: bool = False


@dataclass(frozen=True)
class Bulk:
    """A deed for the selected rows; posts their ids to `endpoint` of the same screen.

    `counted` words say how many: "Pause 3 partners".
    """

    name: str
    word: str
    endpoint: str
    needs: Permission
    sharp: bool = False
    counted: bool = False
