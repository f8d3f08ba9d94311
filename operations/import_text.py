"""The text of a file that somebody brings: how it is encoded, and what parts its cells."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import IO

from operations.refusal import Invalid

#: What can be chosen where the guess is wrong. All of them have ASCII's line ends.
ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": "Western European (Windows-1252, Latin-1)",
    "cp1250": "Central European (Windows-1250)",
    "cp1251": "Cyrillic (Windows-1251)",
    "cp1253": "Greek (Windows-1253)",
    "mac-roman": "Western European (Mac)",
}
DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Vertical bar"}
#: Files that begin so are no text, whatever they are called.
NO_TEXT = {
    b"PK\x03\x04": "an Excel or ZIP file",
    b"\xd0\xcf\x11\xe0": "an Excel file",
    b"\x1f\x8b": "a compressed file",
    b"%PDF": "a PDF file",
}
SAVE_AS = "Save it as CSV (in Excel: “CSV UTF-8”), and choose that file."
#: So many bytes are looked at to tell UTF-16 that does not say so.
A_LOOK = 4096
READ_AT_ONCE = 1 << 18
#: No line of a table is longer than this.
LONGEST_LINE = 1 << 20
#: The delimiter is the one that cuts so many rows into the most cells.
SAMPLE_ROWS = 20


def encoding_of(stream: IO[bytes]) -> str:
    """Tell how a file is encoded: UTF-16, UTF-8, or else what Windows writes in the West."""
    start = stream.read(A_LOOK)
    _refuse_what_is_no_text(start)
    stream.seek(0)
    if wide := _wide(start):
        return wide
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while part := stream.read(READ_AT_ONCE):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        stream.seek(0)
    return "utf-8"


def pieces(stream: IO[bytes], encoding: str) -> Iterator[bytes]:
    """Cut a file where its lines end; UTF-16 becomes UTF-8, and no mark of the order is left."""
    rest = b""
    for part in _parts(stream, encoding):
        rest += part
        end = max(rest.rfind(b"\n"), rest.rfind(b"\r") if b"\n" not in rest else -1) + 1
        if end:
            yield rest[:end]
            rest = rest[end:]
        if len(rest) > LONGEST_LINE:
            sentence = "A line of this file has more than a million characters: it is no table."
            raise Invalid("file", f"{sentence} {SAVE_AS}")
    if rest:
        yield rest


def delimiter_of(text: str) -> str:
    """Tell what parts the cells: what cuts the first rows into the most columns, alike."""
    return max(DELIMITERS, key=lambda mark: _columns(text, mark))


def _columns(text: str, delimiter: str) -> tuple[int, int]:
    """Count the columns that the first rows share, and those of the first of all."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        widths = [len(cells) for _, cells in zip(range(SAMPLE_ROWS), reader, strict=False) if cells]
    except csv.Error:
        return 0, 0
    return min(widths, default=0), widths[0] if widths else 0


def _refuse_what_is_no_text(start: bytes) -> None:
    if not start:
        raise Invalid("file", "This file is empty.")
    for beginning, what in NO_TEXT.items():
        if start.startswith(beginning):
            raise Invalid("file", f"This is {what}, whatever its name says. {SAVE_AS}")


def _wide(start: bytes) -> str:
    """Name the kind of UTF-16; its plain letters have a zero on one side."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    most = len(start) // 3
    if start[1::2].count(0) > most:
        return "utf-16-le"
    return "utf-16-be" if start[::2].count(0) > most else ""


def _parts(stream: IO[bytes], encoding: str) -> Iterator[bytes]:
    if not encoding.startswith("utf-16"):
        stream.seek(len(codecs.BOM_UTF8) if stream.read(3) == codecs.BOM_UTF8 else 0)
        yield from iter(lambda: stream.read(READ_AT_ONCE), b"")
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for part in iter(lambda: stream.read(READ_AT_ONCE), b""):
        yield decoder.decode(part).encode()
    yield decoder.decode(b"", final=True).encode()
