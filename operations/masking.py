"""Masking: what somebody's value looks like, without saying it."""

import re
from collections.abc import Callable

#: A first letter or digit with those that follow it.
RUN = re.compile(r"[^\W_]+")
#: What ends a host name is nobody's secret: .com, .example.
ENDING = re.compile(r"\.[A-Za-z]{2,10}$")
DIGITS_SHOWN = 2
LOOKS_PERSONAL = re.compile(r"@|(?:[0-9][ ().\-/]{0,3}){7}")


def masked(text: str) -> str:
    """Keep the shape: first letters, punctuation, the last digits, the end of a host name."""
    ending = ENDING.search(text) if "@" in text else None
    body, end = (text[: ending.start()], ending.group()) if ending else (text, "")
    if any(letter.isalpha() for letter in body):
        return RUN.sub(_first_letter, body) + end
    return _last_digits(body)


def looks_personal(text: str) -> bool:
    """Whether this reads like an address or a phone number, whatever field it stands in."""
    return LOOKS_PERSONAL.search(text) is not None


def _first_letter(run: re.Match[str]) -> str:
    return run.group()[0] + "*" * (len(run.group()) - 1)


def _last_digits(text: str) -> str:
    hidden = sum(sign.isdigit() for sign in text) - DIGITS_SHOWN
    return "".join(map(_counting(hidden), text))


def _counting(hidden: int) -> Callable[[str], str]:
    """Hide so many digits, then show the rest."""
    left = hidden

    def show(sign: str) -> str:
        nonlocal left
        if not sign.isdigit() or left <= 0:
            return sign
        left -= 1
        return "*"

    return show
