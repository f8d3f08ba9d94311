"""The types of a field mapping: each reads one text, or says what was expected.

Sentences are for the developer who sent the value: they say what to send, and repeat nothing
of what was sent. Results are what JSON can hold.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from urllib.parse import urlsplit

import phonenumbers
from email_validator import validate_email

from operations import us_states
from operations.mapping_fields import Type

Value = str | int | bool
#: Reads one text; `country` is the lead's, for the types that differ by it.
Read = Callable[[str, str], Value]

LONGEST = 2000
#: Validating is the dear part, and a form's visitor often sends twice.
REMEMBERED = 4096

#: What could be an address at all: nothing longer is remembered.
ADDRESS = re.compile(r"[^\s@]{1,64}@[^\s@]{1,189}")
INTEGER = re.compile(r"[+-]?[0-9]{1,18}(\.0{1,6})?")
DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,10})?")
PHONE = re.compile(r"\+?[0-9 ().\-/]{5,40}( ?(x|ext\.?|#) ?[0-9]{1,7})?", re.IGNORECASE)
ZIP = re.compile(r"([0-9]{5})(?:-?([0-9]{4}))?")
POSTAL_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9 -]{0,10}[A-Z0-9])?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)
HOST = re.compile(r"([\w-]{1,63}\.)+[\w-]{2,63}|localhost|[0-9a-f:.]{3,45}", re.IGNORECASE)

BOOLEANS = dict.fromkeys(("true", "yes", "y", "1", "on"), True) | dict.fromkeys(
    ("false", "no", "n", "0", "off"), False
)
USA = frozenset({"", "US", "USA", "U.S.", "U.S.A.", "UNITED STATES", "UNITED STATES OF AMERICA"})


class UnfitError(ValueError):
    """The value is not of the type; the sentence says what was expected."""


def text(sent: str, _country: str) -> str:
    """Take any text."""
    if len(sent) > LONGEST:
        message = f"Must have at most {LONGEST:,} characters."
        raise UnfitError(message)
    return sent


def integer(sent: str, _country: str) -> int:
    """Take a whole number, also one written as 42.0."""
    if not INTEGER.fullmatch(sent):
        message = "Must be a whole number of at most 18 digits, such as 42."
        raise UnfitError(message)
    return int(sent.partition(".")[0])


def decimal(sent: str, _country: str) -> str:
    """Take a number, kept as text: no digit is lost to binary fractions."""
    if not DECIMAL.fullmatch(sent):
        message = "Must be a number with a dot before the decimals, such as 1234.50."
        raise UnfitError(message)
    return sent.removeprefix("+")


def boolean(sent: str, _country: str) -> bool:
    """Take true and false, and the words that forms send for them."""
    if (found := BOOLEANS.get(sent.lower())) is None:
        message = "Must be true or false (yes, no, 1 and 0 are taken too)."
        raise UnfitError(message)
    return found


def email(sent: str, _country: str) -> str:
    """Take an address by its form; whether it exists only a mail can tell."""
    try:
        return _email(_matching(ADDRESS, sent))
    except ValueError as error:
        message = "Must be an e-mail address, such as name@example.com."
        raise UnfitError(message) from error


@lru_cache(REMEMBERED)
def _email(sent: str) -> str:
    return validate_email(sent, check_deliverability=False).normalized


def phone(sent: str, _country: str) -> str:
    """Take a number that exists in its country's plan; without a country code it is of the US."""
    try:
        return _phone(_matching(PHONE, sent))
    except (phonenumbers.NumberParseException, ValueError) as error:
        message = "Must be a valid phone number: 10 digits in the US, else + and the country code."
        raise UnfitError(message) from error


@lru_cache(REMEMBERED)
def _phone(sent: str) -> str:
    number = phonenumbers.parse(sent, "US")
    if not phonenumbers.is_valid_number(number):
        raise UnfitError
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def postal_code(sent: str, country: str) -> str:
    """Take a ZIP code of 5 or 9 digits in the US, and any plain code elsewhere."""
    if country.upper() in USA:
        return _zip(sent)
    if not POSTAL_CODE.fullmatch(sent.upper()):
        message = "Must be a postal code of at most 12 letters, digits, spaces and dashes."
        raise UnfitError(message)
    return sent.upper()


def _zip(sent: str) -> str:
    if not (parts := ZIP.fullmatch(sent)):
        message = (
            "Must be a ZIP code such as 60601 or 60601-1234, sent as text so that zeros in "
            "front stay. For other countries send the country too."
        )
        raise UnfitError(message)
    return "-".join(part for part in parts.groups() if part)


def us_state(sent: str, _country: str) -> str:
    """Take a state's code or name, and give the code."""
    if not (code := us_states.CODES.get(sent.casefold())):
        message = "Must be a US state, such as IL or Illinois."
        raise UnfitError(message)
    return code


def day(sent: str, _country: str) -> str:
    """Take a date of the calendar as ISO 8601 writes it."""
    try:
        return date.fromisoformat(_matching(DATE, sent)).isoformat()
    except ValueError as error:
        message = "Must be a date as year-month-day, such as 2026-11-20."
        raise UnfitError(message) from error


def moment(sent: str, _country: str) -> str:
    """Take a date and time with its zone, and give it in UTC."""
    try:
        found = datetime.fromisoformat(_matching(DATE_TIME, sent)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = "Must be a date and time with its zone, such as 2026-11-20T15:04:05Z."
        raise UnfitError(message) from error
    return found.isoformat().replace("+00:00", "Z")


def _matching(pattern: re.Pattern[str], sent: str) -> str:
    if not pattern.fullmatch(sent):
        raise UnfitError
    return sent


def url(sent: str, _country: str) -> str:
    """Take the address of a page on the web."""
    if len(sent) > LONGEST or not _is_web_address(sent):
        message = "Must be a web address, such as https://www.example.com/quote."
        raise UnfitError(message)
    return sent


def _is_web_address(sent: str) -> bool:
    try:
        parts = urlsplit(sent)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    has_odd = "@" in parts.netloc or "\\" in sent or any(sign <= " " for sign in sent)
    return parts.scheme in {"http", "https"} and not has_odd and bool(HOST.fullmatch(host))


READ: dict[Type, Read] = {
    Type.TEXT: text,
    Type.INTEGER: integer,
    Type.DECIMAL: decimal,
    Type.BOOLEAN: boolean,
    Type.EMAIL: email,
    Type.PHONE: phone,
    Type.POSTAL_CODE: postal_code,
    Type.US_STATE: us_state,
    Type.DATE: day,
    Type.DATE_TIME: moment,
    Type.URL: url,
    Type.CHOICE: text,
}
