"""How many calls a source may make in a minute; a limit that cannot be asked stops nobody."""

import logging
import math
import threading
import time
import uuid
from typing import Protocol

from limits import RateLimitItemPerMinute
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from config import SettingError
from operations.intake_answers import Refused

log = logging.getLogger("inflow")

IN_MEMORY = "memory://"
MINUTE = 60.0
#: A server that does not answer at once is not waited for: every call would stand still.
PATIENCE = {"socket_timeout": 0.25, "socket_connect_timeout": 0.25}


class Counter(Protocol):
    """Counts calls."""

    def count(self, what: str, per_minute: int) -> float:
        """Count one call; give the seconds to wait where it is one too many, else 0."""


class Limits:
    """Counts per source: in this process's memory, or in a server that all processes share."""

    def __init__(self, storage: str = IN_MEMORY) -> None:
        self._counter: Counter = InMemory() if storage == IN_MEMORY else Shared(storage)

    def count(self, source_id: uuid.UUID, per_minute: int, what: str) -> None:
        """Count one call. Raises Refused when it is one too many; 0 is no limit."""
        if not per_minute:
            return
        if wait := self._counter.count(f"{what}:{source_id.hex}", per_minute):
            raise Refused("rate_limited").wait(math.ceil(wait))


class InMemory:
    """A number for each source. The library's own memory starts a thread at nearly every call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: When each one's minute ends, and how many calls came in it.
        self._minutes: dict[str, tuple[float, int]] = {}

    def count(self, what: str, per_minute: int) -> float:
        """Count one call in the minute that began with the first."""
        at = time.time()
        with self._lock:
            until, calls = self._minutes.get(what, (0.0, 0))
            # Also where the clock was set back.
            if not at < until <= at + MINUTE:
                until, calls = at + MINUTE, 0
            if calls >= per_minute:
                return until - at
            self._minutes[what] = (until, calls + 1)
        return 0.0


class Shared:
    """A number for each source in Redis or Valkey."""

    def __init__(self, storage: str) -> None:
        try:
            opened = storage_from_string(storage, wrap_exceptions=True, **PATIENCE)
        except ConfigurationError as error:
            message = (
                "RATE_LIMIT_STORAGE must be memory://, redis://host:6379 or valkey://host:6379,"
                f" and the package redis or valkey be installed: {error}"
            )
            raise SettingError(message) from error
        self._limiter = FixedWindowRateLimiter(opened)

    def count(self, what: str, per_minute: int) -> float:
        """Count one call, in the minute that began with the first."""
        limit = RateLimitItemPerMinute(per_minute, namespace="inflow")
        try:
            if self._limiter.hit(limit, what):
                return 0.0
            return max(1.0, self._limiter.get_window_stats(limit, what).reset_time - time.time())
        except StorageError as error:
            log.warning("rate limits cannot be counted: %s", type(error.storage_error).__name__)
            return 0.0
