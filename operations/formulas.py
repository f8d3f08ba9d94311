"""Cells that a spreadsheet would run: escaped when they leave, and read back as what they were."""

import re

#: A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection).
#: Some read the wide forms alike.
FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
#: What may need an escape, by its first character. Quotes ahead of a formula are escaped too:
#: otherwise nobody could tell an escape from a quote that was typed.
SUSPECT = FORMULA | {"'"}
_ESCAPED = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def escaped(text: str) -> str:
    """Write a text so that no spreadsheet runs it."""
    return f"'{text}" if text[:1] in SUSPECT and _ESCAPED.match(text) else text


def unescaped(text: str) -> str:
    """Read a text that was escaped, by this export or by another that does it this way."""
    return text[1:] if text[:1] == "'" and _ESCAPED.match(text, 1) else text
