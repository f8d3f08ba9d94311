"""How many calls a source may make in a minute; a limit that cannot be asked stops nobody."""

import logging
import math
import time
import uuid

from limits import RateLimitItemPerMinute
from limits.errors import ConfigurationError, StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from config import SettingError
from operations.intake_answers import Refused

log = logging.getLogger("inflow")

IN_MEMORY = "memory://"
#: A server that does not answer at once is not waited for: every call would stand still.
PATIENCE = {"socket_timeout": 0.25, "socket_connect_timeout": 0.25}


class Limits:
    """Counts per source: in this process's memory, or in a server that all processes share."""

    def __init__(self, storage: str = IN_MEMORY) -> None:
        self._counter = SlidingWindowCounterRateLimiter(_opened(storage))  # type: ignore[arg-type]

    def count(self, source_id: uuid.UUID, per_minute: int, what: str) -> None:
        """Count one call. Raises Refused when it is one too many; 0 is no limit."""
        if per_minute == 0:
            return
        limit = RateLimitItemPerMinute(per_minute, namespace="inflow")
        key = (what, source_id.hex)
        try:
            if self._counter.hit(limit, *key):
                return
            until = self._counter.get_window_stats(limit, *key).reset_time
        except StorageError as error:
            log.warning("rate limits cannot be counted: %s", type(error.storage_error).__name__)
            return
        raise Refused("rate_limited").wait(max(1, math.ceil(until - time.time())))


def _opened(storage: str) -> Storage:
    patience = {} if storage.startswith(IN_MEMORY) else PATIENCE
    try:
        opened = storage_from_string(storage, wrap_exceptions=True, **patience)  # type: ignore[arg-type]
    except ConfigurationError as error:
        message = (
            "RATE_LIMIT_STORAGE must be memory://, redis://host:6379 or valkey://host:6379, and"
            f" the package redis or valkey be installed: {error}"
        )
        raise SettingError(message) from error
    return opened  # type: ignore[return-value]
