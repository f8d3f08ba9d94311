"""Rows out of the pieces of a file, from any place on; a broken one costs no row but itself."""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

QUOTES = (
    "The quotation marks of this row do not match: one is opened and not closed, or text"
    " follows a closing one."
)
UNREADABLE = "Some characters of this row are not in the encoding that was chosen for the file."
TOO_LONG = "This row has more than a million characters."
LONGEST = 1 << 20
#: A cell with more lines than this is an open quotation mark.
MOST_LINES = 2000

Load = Callable[[int], bytes | None]


@dataclass(frozen=True)
class Place:
    """Where to read on: the number of the piece, and of the line in it."""

    piece: int = 0
    line: int = 0


@dataclass(frozen=True)
class Line:
    """One line of text, and the place behind it."""

    text: str
    after: Place
    is_readable: bool = True


@dataclass(frozen=True)
class Record:
    """One row as it stands in the file, or why it could not be read."""

    cells: list[str]
    after: Place
    problem: str = ""


def lines(load: Load, encoding: str, place: Place) -> Iterator[Line]:
    """Read line after line."""
    number, skipped = place.piece, place.line
    while (body := load(number)) is not None:
        for count, (text, is_readable) in enumerate(_decoded(body, encoding), start=1):
            if count > skipped:
                yield Line(text, Place(number, count), is_readable)
        number, skipped = number + 1, 0


def _decoded(body: bytes, encoding: str) -> Iterator[tuple[str, bool]]:
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        return (_line(part, encoding) for part in body.splitlines(keepends=True))
    return ((line, True) for line in io.StringIO(text, newline=""))


def _line(part: bytes, encoding: str) -> tuple[str, bool]:
    try:
        return part.decode(encoding), True
    except UnicodeDecodeError:
        return part.decode(encoding, "backslashreplace"), False


@dataclass
class _Feed:
    """Gives lines to the reader, remembers which, and takes back those it should not have had."""

    source: Iterator[Line]
    given: list[Line] = field(default_factory=list)
    waiting: deque[Line] = field(default_factory=deque)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if len(self.given) >= MOST_LINES:
            raise csv.Error
        line = self.waiting.popleft() if self.waiting else next(self.source)
        self.given.append(line)
        return line.text

    def take_back(self) -> Line:
        """Keep the first line, and give the others again."""
        first, *others = self.given
        self.waiting.extendleft(reversed(others))
        return first


def records(source: Iterator[Line], delimiter: str) -> Iterator[Record]:
    """Read row after row, empty ones too: they count in the number of the others."""
    feed = _Feed(source)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        feed.given.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            first = feed.take_back()
            reader = csv.reader(feed, delimiter=delimiter, strict=True)
            yield Record([first.text.rstrip("\r\n")], first.after, QUOTES)
        else:
            yield _record(cells, feed.given)


def _record(cells: list[str], given: list[Line]) -> Record:
    after = given[-1].after
    if not all(line.is_readable for line in given):
        return Record(cells, after, UNREADABLE)
    if sum(map(len, cells)) > LONGEST:
        return Record([cell[:1000] for cell in cells[:100]], after, TOO_LONG)
    return Record(cells, after)
