"""Reads e-mail addresses out of whatever was typed or pasted, and says what is wrong with each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from models.base import key_of
from operations.refusal import Invalid

#: More than this at once is a mailing list, and its results would fit no page.
MOST = 200

AMBIGUOUS = "has a letter that stands for another one."

#: A quoted name, an address in angle brackets, a separator, an address whose dot became a
#: comma, or a word.
_PIECES = re.compile(
    r'"[^"\n]*"|<(?P<inside>[^<>\n]*)>|(?P<end>[,;\n])'
    r'|(?P<word>[^\s,;<>"@]+@[^\s,;<>"@.]+,[^\s,;<>"@]+|[^\s,;<>"]+)'
)


@dataclass(frozen=True)
class Typed:
    """One address as typed: either `email`, or `problem`, a sentence."""

    text: str
    email: str = ""
    problem: str = ""


def read(text: str) -> list[Typed]:
    """List the addresses in a text, each once; "Name <address>" counts as the address.

    Raises Invalid when there are none, or too many.
    """
    found = list({piece.lower(): _judge(piece) for piece in _pieces(text)}.values())
    if not found:
        raise Invalid("addresses", "Enter at least one e-mail address.")
    if len(found) > MOST:
        raise Invalid("addresses", f"These are {len(found):,}. Paste at most {MOST} at once.")
    return found


def _pieces(text: str) -> Iterator[str]:
    words: list[str] = []
    for match in _PIECES.finditer(text):
        if match["inside"] is not None:
            # What leads up to the brackets is the person's name.
            yield from (word for word in words if "@" in word)
            words = [match["inside"].strip()]
        elif match["word"]:
            words.append(match["word"])
        if match["end"] or match["inside"] is not None:
            yield from words
            words = []
    yield from words


def _judge(text: str) -> Typed:
    if problem := _problem(text):
        return Typed(text, problem=f"“{text}” {problem}")
    try:
        # Without asking the network: an address that nobody reads shows as a failed delivery.
        valid = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        return Typed(text, problem=f"“{text}” is not an address yet. {error}")
    if stands_for_another(valid.normalized):
        return Typed(text, problem=f"“{text}” {AMBIGUOUS}")
    # No mail system in use tells Jo@ from jo@, and the limits must not either.
    return Typed(text, email=valid.normalized.lower())


def stands_for_another(email: str) -> bool:
    """Whether somebody else's address is the same to us: a long s is found as s, “ß” as “ss”.

    Whoever has such a mailbox would otherwise hold the account of the one it stands for.
    """
    return key_of(email) != email.lower()


def _problem(text: str) -> str:
    """Name the slips that people make most, in their words."""
    before, _, after = text.rpartition("@")
    if "@" not in text:
        return "has no @."
    if "@" in before:
        return "has more than one @."
    if "," in after:
        return "has a comma where a dot belongs."
    if not before or not after:
        return "has nothing before the @." if after else "has nothing after the @."
    return "" if "." in after.strip(".") else "has no dot after the @."
