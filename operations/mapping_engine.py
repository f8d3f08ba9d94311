"""The mapping at work: reads one payload into a lead's fields, or names every field's error.

Pure: no database, no clock. Made once per mapping, then called for each lead.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from operations.mapping_cleanups import cleaner
from operations.mapping_fields import Field
from operations.mapping_values import READ, UnfitError, Value

#: Reads what was sent for one field, in the lead's country; None where nothing is there.
ReadField = Callable[[object, str], Value | None]

#: A number with more digits than this is none that anybody meant.
MOST_DIGITS = 40
#: An error lists so many allowed values.
MOST_LISTED = 20
NOT_SENT = "Required, and not sent."
EMPTY = "Required, and empty."
#: As many binary digits: counted first, because writing a huge number takes long.
_BITS = 140


@dataclass(frozen=True, slots=True)
class Reading:
    """What a payload becomes. With errors there is no lead, and `fields` holds what was fine."""

    fields: dict[str, Any]
    #: What the mapping does not name, as it came.
    extra: dict[str, Any]
    #: Incoming name: what was expected, in sentences.
    errors: dict[str, list[str]]


class Reader:
    """Reads payloads by one mapping."""

    def __init__(self, fields: Iterable[Field]) -> None:
        rows = tuple(fields)
        self._names = frozenset(field.name for field in rows)
        #: Postal codes differ by country, so the country is read before them.
        country_first = sorted(rows, key=lambda field: field.to != "country")
        self._steps = [(field.name, field.to, _read_field(field)) for field in country_first]
        self._order = tuple(field.to for field in rows)

    def read(self, payload: Mapping[str, object]) -> Reading:
        """Read the whole payload; all errors at once, under the names that were sent."""
        fields: dict[str, Any] = {}
        errors: dict[str, list[str]] = {}
        for name, to, read in self._steps:
            try:
                value = read(payload.get(name), str(fields.get("country", "")))
            except UnfitError as error:
                errors[name] = [str(error)]
            else:
                if value is not None:
                    fields[to] = value
        fields = {to: fields[to] for to in self._order if to in fields}
        extra = {name: value for name, value in payload.items() if name not in self._names}
        return Reading(fields, extra, errors)


@lru_cache(1024)
def reader(fields: tuple[Field, ...]) -> Reader:
    """Give the reader of a mapping; made once for equal mappings."""
    return Reader(fields)


def _read_field(field: Field) -> ReadField:
    convert = _converter(field)
    default = _or_none(convert, field.default)
    is_missing_wrong = field.required and default is None

    def read(sent: object, country: str) -> Value | None:
        value = None if sent is None else convert(_text(sent), country)
        if value is not None:
            return value
        if is_missing_wrong:
            raise UnfitError(NOT_SENT if sent is None else EMPTY)
        return default

    return read


def _converter(field: Field) -> Callable[[str, str], Value | None]:
    """Chain the clean-ups, the type and the allowed values."""
    clean, convert = cleaner(field.cleanups), READ[field.type]
    pick = _picker(field)

    def read(text: str, country: str) -> Value | None:
        text = clean(text)
        return pick(convert(text, country)) if text else None

    return read


def _picker(field: Field) -> Callable[[Value], Value]:
    """Hold a value against the allowed ones, ignoring case; it gets the spelling of the list."""
    if not field.allowed:
        return lambda value: value
    clean, convert = cleaner(field.cleanups), READ[field.type]
    read = (_or_none(convert, clean(one)) for one in field.allowed)
    allowed = {_folded(value): value for value in read if value is not None}
    expected = "Must be one of: " + listed(field.allowed) + "."

    def pick(value: Value) -> Value:
        if (found := allowed.get(_folded(value))) is None:
            raise UnfitError(expected)
        return found

    return pick


def listed(values: tuple[str, ...], most: int = MOST_LISTED) -> str:
    """Write the allowed values in a row; of many, the first."""
    more = len(values) - most
    shown = ", ".join(values[:most])
    return f"{shown} and {more} more" if more > 0 else shown


def _folded(value: Value) -> Value:
    return value.casefold() if isinstance(value, str) else value


def _or_none(convert: Callable[[str, str], Value | None], text: str) -> Value | None:
    """Read a value of the mapping itself. One that does not fit was refused when it was saved."""
    try:
        return convert(text, "") if text else None
    except UnfitError:
        return None


def _text(sent: object) -> str:
    """Write a JSON scalar as the text that a form would have sent."""
    if isinstance(sent, str):
        return sent
    if isinstance(sent, bool):
        return "true" if sent else "false"
    if isinstance(sent, int | float | Decimal):
        return _number(sent)
    what = "an object" if isinstance(sent, Mapping) else "a list"
    message = f"Must be one value, not {what}."
    raise UnfitError(message)


def _number(sent: float | Decimal) -> str:
    """Write a number without an exponent."""
    if isinstance(sent, int) and sent.bit_length() <= _BITS:
        return str(sent)
    if not isinstance(sent, int):
        exact = Decimal(repr(sent)) if isinstance(sent, float) else sent
        if exact.is_finite() and abs(exact.adjusted()) <= MOST_DIGITS:
            return f"{exact:f}"
    message = f"Must be a number of at most {MOST_DIGITS} digits."
    raise UnfitError(message)
