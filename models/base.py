"""What every table shares: the declarative base, UTC time, identifiers, the database handle."""

import secrets
import unicodedata
import uuid
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, Self

import uuid_utils.compat
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Enum, MetaData, String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator
from typeid.codecs.base32 import decode, encode

NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s",
    "uq": "%(table_name)s_%(column_0_N_name)s_unique",
    "ck": "%(table_name)s_%(constraint_name)s",
    "fk": "%(table_name)s_%(column_0_N_name)s_fk",
    "pk": "%(table_name)s_pk",
}

#: 26 letters hold 130 bits, two more than an identifier has; what is above has no meaning.
HIGHEST = "7zzzzzzzzzzzzzzzzzzzzzzzzz"


class Moment(TypeDecorator[datetime]):
    """A point in time, aware and in UTC on both databases (SQLite keeps no zone of its own)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse a naive time: nobody can know which zone it meant."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"{value} has no time zone"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back what was stored as an aware UTC time."""
        if value is None:
            return None
        # psycopg answers in the server's zone.
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The one declarative base."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Moment()}


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> uuid.UUID:
    """Make a UUIDv7: unique, and in the order of creation."""
    return uuid_utils.compat.uuid7()


def first_id(timestamp: float) -> uuid.UUID:
    """Tell the lowest identifier that something made at this moment can have.

    Rows of a span of time are then a range of the keys that lists follow anyway.
    """
    return uuid.UUID(int=max(0, int(timestamp * 1000)) << 80)


def new_secret() -> str:
    """256 random bits, safe in an address (43 characters)."""
    return secrets.token_urlsafe(32)


class Public:
    """A row with a public identifier: a TypeID such as ``partner_01jd3k…`` (typeid.dev)."""

    prefix: ClassVar[str]
    id: Any

    @cached_property
    def public_id(self) -> str:
        """The only identifier that appears in addresses, exports and the API."""
        return public_id(self.prefix, self.id)

    @classmethod
    def parse_id(cls, text: str) -> uuid.UUID:
        """Read a public identifier of this kind.

        Raises ValueError for anything else, another kind's identifier included.
        """
        return parse_id(cls.prefix, text)


def public_id(prefix: str, identifier: uuid.UUID) -> str:
    """Write an identifier as a TypeID. By the codec itself: exports write a hundred thousand."""
    return f"{prefix}_{encode(identifier.bytes)}"


def parse_id(prefix: str, text: str) -> uuid.UUID:
    """Read a TypeID of this prefix. Raises ValueError when it is not one."""
    found, identifier = split_id(text)
    if found != prefix:
        raise ValueError(f"{text!r} is not the identifier of a {prefix}")
    return identifier


def split_id(text: str) -> tuple[str, uuid.UUID]:
    """Read a TypeID of any kind: its prefix and the identifier. Raises ValueError."""
    prefix, _, suffix = text.rpartition("_")
    try:
        value = decode(suffix)
    except (RuntimeError, ValueError) as error:
        raise ValueError(f"{text!r} is not an identifier") from error
    if not prefix or suffix > HIGHEST:
        raise ValueError(f"{text!r} is not an identifier")
    return prefix, uuid.UUID(bytes=bytes(value))


class Word(StrEnum):
    """Base of the stored states: the value is kept in lower case, shown as words."""

    @property
    def word(self) -> str:
        """As a person reads it: ``partner_admin`` is “Partner Admin” only in Role."""
        return self.value.replace("_", " ").capitalize()

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Find the member of this value, None for anything else."""
        return next((member for member in cls if member.value == text), None)


def stored(kind: type[StrEnum]) -> Enum:
    """Store an enumeration as short text that the database checks."""
    return Enum(
        kind,
        name=kind.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=24,
        values_callable=lambda members: [member.value for member in members],
    )


#: Text that lists sort and search by: compared byte by byte, so that both databases
#: agree on the order and a search by beginning can use the index.
Key = String(254).with_variant(String(254, collation="C"), "postgresql")
SearchKey = String(400).with_variant(String(400, collation="C"), "postgresql")


def key_of(text: str, limit: int = 254) -> str:
    """The form of a name or address in which two spellings of the same one are equal.

    Some scripts grow when folded, so the key is cut to what its column holds.
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())[:limit]
