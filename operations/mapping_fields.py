"""One row of a field mapping: which incoming name becomes which lead field, and by which rules."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.base import Word


class Type(Word):
    """What a value must be (operations/mapping_values.py says exactly)."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    EMAIL = "email"
    PHONE = "phone"
    POSTAL_CODE = "postal_code"
    US_STATE = "us_state"
    DATE = "date"
    DATE_TIME = "date_time"
    URL = "url"
    CHOICE = "choice"

    @property
    def word(self) -> str:
        """As a person reads it."""
        return _TYPE_WORDS.get(self.value) or super().word


_TYPE_WORDS = {
    "email": "E-mail",
    "us_state": "US state",
    "date_time": "Date and time",
    "url": "Web address (URL)",
}


class Cleanup(Word):
    """What is done to a value before it is checked, always in the order written here."""

    TRIM = "trim"
    DIGITS = "digits"
    LOWER = "lower"
    UPPER = "upper"
    TITLE = "title"

    @property
    def word(self) -> str:
        """As a person reads it."""
        return {"digits": "Digits only", "title": "Title case"}.get(self.value) or super().word


#: The lead fields that every lead may have; any other is a custom one.
STANDARD = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "address_1",
    "address_2",
    "city",
    "state",
    "postal_code",
    "country",
)
CUSTOM = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Field:
    """A row: the incoming `name` becomes the lead field `to`."""

    name: str
    to: str
    type: Type = Type.TEXT
    required: bool = False
    #: Taken where nothing was sent; empty for none.
    default: str = ""
    #: The only values it may have; empty for any.
    allowed: tuple[str, ...] = ()
    cleanups: tuple[Cleanup, ...] = (Cleanup.TRIM,)
    #: Left out of the specification that partners read.
    hidden: bool = False


#: What a source without a published mapping uses.
STARTER = (
    Field("first_name", "first_name", required=True),
    Field("last_name", "last_name", required=True),
    Field("email", "email", Type.EMAIL, required=True, cleanups=(Cleanup.TRIM, Cleanup.LOWER)),
    Field("phone", "phone", Type.PHONE),
    Field("address_1", "address_1"),
    Field("address_2", "address_2"),
    Field("city", "city"),
    Field("state", "state", Type.US_STATE),
    Field("postal_code", "postal_code", Type.POSTAL_CODE),
    Field("country", "country", default="US", cleanups=(Cleanup.TRIM, Cleanup.UPPER)),
)


def to_json(fields: Iterable[Field]) -> list[dict[str, Any]]:
    """Write rows as `FieldMapping.fields` keeps them."""
    return [
        {
            "name": field.name,
            "to": field.to,
            "type": field.type.value,
            "required": field.required,
            "default": field.default,
            "allowed": list(field.allowed),
            "cleanups": [cleanup.value for cleanup in field.cleanups],
            "hidden": field.hidden,
        }
        for field in fields
    ]


def from_json(rows: Sequence[Mapping[str, Any]]) -> tuple[Field, ...]:
    """Read rows as `FieldMapping.fields` keeps them."""
    return tuple(
        Field(
            name=row["name"],
            to=row["to"],
            type=Type(row["type"]),
            required=row["required"],
            default=row["default"],
            allowed=tuple(row["allowed"]),
            cleanups=tuple(Cleanup(word) for word in row["cleanups"]),
            hidden=row["hidden"],
        )
        for row in rows
    )
