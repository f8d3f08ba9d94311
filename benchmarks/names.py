"""What the seeded rows are called, as in the benchmark of the peers: a number decides it all."""

import uuid
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from itertools import islice

FIRST = (  # noqa: SIM905 - words are read more easily
    "Amber Arctic Autumn Azure Bold Brisk Cedar Coral Crimson Delta Ember Fern Golden Granite"
    " Harbor Indigo Ivory Jade Lunar Maple Nordic Onyx Pearl Quartz River"
).split()
SECOND = (  # noqa: SIM905 - the same
    "Falcon Media Leads Traffic Bridge Summit Harvest Signal Beacon Anchor Canyon Compass Cove"
    " Crest Dawn Drift Echo Field Forge Frontier Gate Grove Haven Horizon Island Junction Lagoon"
    " Lantern Meadow Mill Oasis Orchard Peak Pioneer Quarry Reef Ridge Spring Stone Vista"
).split()
#: So many partners of a hundred are active.
ACTIVE = 80
#: A partner's sources and people.
SOURCES_EACH, PEOPLE_EACH = 3, 2
BEGAN = datetime(2025, 9, 1, tzinfo=UTC)


class Kind(IntEnum):
    """Tables whose identifiers are made of a number, so that any row can be named."""

    PARTNER = 1
    SOURCE = 2
    USER = 3
    MEMBER = 4
    INVITE = 5
    ASSIGNMENT = 6
    CREDENTIAL = 7
    EVENT = 8
    LETTER = 9


def identifier(kind: Kind, number: int) -> str:
    """Make the UUIDv7 of a row, in hex, as both databases take it: in the order of the numbers."""
    millisecond = int(BEGAN.timestamp() * 1000) + number
    return f"{millisecond:012x}7{kind:03x}8{number:015x}"


def identifier_of(kind: Kind, number: int) -> uuid.UUID:
    """Make the same as the models have it."""
    return uuid.UUID(identifier(kind, number))


def at(number: int) -> str:
    """Tell when a row came: a minute after the one before it, begun anew each half year."""
    return MINUTES[number % len(MINUTES)]


def written(moment: datetime) -> str:
    """Write a moment as both databases read it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


MINUTES = [written(BEGAN + timedelta(minutes=10 * n)) for n in range(6 * 24 * 60)]


def partner_name(number: int) -> str:
    """The same number gives the same name: “Amber Falcon 25000”."""
    return f"{FIRST[number % 25]} {SECOND[number // 25 % 40]} {number}"


def source_name(number: int) -> str:
    """As above."""
    return f"Source {SECOND[number % 40]} {number}"


def owner_of(source: int) -> int | None:
    """Which partner has a source; one in ten waits for a partner."""
    return None if source % 10 == 9 else (source - 1) // SOURCES_EACH + 1  # noqa: PLR2004


def active(count: int) -> list[int]:
    """Name the first partners that are active, and may be given sources."""
    found = (number for number in range(1, 2 * count) if fate(number) < ACTIVE)
    return list(islice(found, count))


def fate(number: int) -> int:
    """A number from 0 to 99 that looks random, for what is to be so many in a hundred."""
    return number * 31 % 100
