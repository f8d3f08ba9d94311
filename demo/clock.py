"""The demo's dice and clock: the same chances each time, and identifiers in the order of time."""

import random
import uuid
from datetime import datetime, timedelta

SEED = 20261122
VERSION, VARIANT = 7, 0b10


class Clock:
    """Chance and time of one demo, all derived from a seed and the present moment."""

    def __init__(self, present: datetime, seed: int = SEED) -> None:
        self.present = present
        self.dice = random.Random(seed)  # noqa: S311 - for names and dates, never for a secret

    def ago(self, days: float) -> datetime:
        """Tell the moment so many days before now."""
        return self.present - timedelta(days=days)

    def between(self, oldest: float, newest: float) -> datetime:
        """Pick a moment between two ages in days."""
        return self.ago(self.dice.uniform(newest, oldest))

    def id_at(self, moment: datetime) -> uuid.UUID:
        """Make the identifier of a row of that moment: a UUIDv7, so that lists keep its order."""
        milliseconds = int(moment.timestamp() * 1000)
        bits = milliseconds << 80 | VERSION << 76 | self.dice.getrandbits(12) << 64
        return uuid.UUID(int=bits | VARIANT << 62 | self.dice.getrandbits(62))
