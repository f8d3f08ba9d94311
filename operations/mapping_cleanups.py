"""The clean-ups of a field mapping: what is done to a text before it is checked."""

import re
from collections.abc import Callable, Iterable

from operations.mapping_fields import Cleanup

Clean = Callable[[str], str]

OTHER_THAN_DIGITS = re.compile(r"[^0-9]+")
#: The first letter of each word, and the one after O' and D'.
INITIALS = re.compile(r"(?<![\w'’])\w|(?<=\b\w['’])\w")


def _digits(text: str) -> str:
    return OTHER_THAN_DIGITS.sub("", text)


def _title(text: str) -> str:
    return INITIALS.sub(lambda initial: initial.group().upper(), text.lower())


STEPS: dict[Cleanup, Clean] = {
    Cleanup.TRIM: str.strip,
    Cleanup.DIGITS: _digits,
    Cleanup.LOWER: str.lower,
    Cleanup.UPPER: str.upper,
    Cleanup.TITLE: _title,
}


def cleaner(chosen: Iterable[Cleanup]) -> Clean:
    """Make one function of the clean-ups, in their fixed order whatever order they are given in."""
    wanted = set(chosen)
    steps = [step for cleanup, step in STEPS.items() if cleanup in wanted]
    if len(steps) == 1:
        return steps[0]

    def clean(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return clean
