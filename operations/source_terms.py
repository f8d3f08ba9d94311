"""A source's terms: what is paid per lead, which leads are duplicates, how many calls come."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from operations.refusal import Invalid

#: Lead fields that can tell two leads apart; one of the first two has to be among them.
COMPARED = ("email", "phone", "first_name", "last_name", "postal_code", "address_1")
NEEDED = frozenset(COMPARED[:2])
DAYS = range(1, 366)
RATE = range(100_001)
MOST = Decimal(100_000)
#: A comma stands before three digits, as in 1,250 or 1,00,000. Many write 12,50 for 12.50.
WHOLE = re.compile(r"[0-9]{1,30}|[0-9]{1,3}(,[0-9]{2,3}){0,9},[0-9]{3}", re.ASCII)
AMOUNT = re.compile(rf"({WHOLE.pattern})(\.[0-9]{{1,2}})?", re.ASCII)


def payout_cents(field: str, text: str) -> int:
    """Read an amount such as 12.50 or 1,250.00, in hundredths."""
    typed = text.strip() or "0"
    if not AMOUNT.fullmatch(typed):
        raise Invalid(field, "Write an amount such as 12.50, with a point before the cents.")
    amount = Decimal(typed.replace(",", ""))
    if amount > MOST:
        raise Invalid(field, f"Use at most {MOST:,}.")
    return int(amount * 100)


def duplicate_fields(field: str, names: Sequence[str]) -> list[str]:
    """Read the fields that a lead is compared by, in their usual order."""
    chosen = [name for name in COMPARED if name in names]
    if not NEEDED & set(chosen) or not set(names) <= set(COMPARED):
        raise Invalid(field, "Choose e-mail, phone, or both; others may be added.")
    return chosen


def duplicate_days(field: str, text: str) -> int:
    """Read how many days back a lead is compared."""
    return _number(field, text, DAYS)


def rate_limit(field: str, text: str) -> int:
    """Read how many calls a minute are taken; 0 for any number."""
    return _number(field, text, RATE)


def _number(field: str, text: str, allowed: range) -> int:
    typed = text.strip()
    number = int(typed.replace(",", "")) if WHOLE.fullmatch(typed) else -1
    if number not in allowed:
        raise Invalid(field, f"Write a whole number from {allowed[0]:,} to {allowed[-1]:,}.")
    return number


#: By the name in the form: the column, and how to read it.
RULES: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
    "payout": ("payout_cents", payout_cents),
    "duplicate_fields": ("duplicate_fields", duplicate_fields),
    "duplicate_days": ("duplicate_days", duplicate_days),
    "rate_limit": ("rate_limit", rate_limit),
}
