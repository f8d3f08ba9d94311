"""How many calls a source may make: counted in memory, or in a server that may not answer."""

from datetime import timedelta

import pytest
import time_machine
from limits.storage import MemoryStorage

from config import SettingError
from models import now
from models.base import new_id
from operations.intake_answers import Refused
from operations.intake_limits import Limits
from tests.parallel import at_once

SOURCE = new_id()


def is_over(limits, per_minute=3, source=SOURCE, what="leads"):
    try:
        limits.count(source, per_minute, what)
    except Refused as refused:
        return int(refused.headers[0][1])
    return 0


def test_so_many_calls_a_minute_and_no_more():
    limits = Limits()

    assert [bool(is_over(limits)) for _ in range(5)] == [False] * 3 + [True] * 2
    assert not is_over(limits, what="states")
    assert not is_over(limits, source=new_id())


def test_after_the_seconds_it_was_told_a_source_may_call_again():
    limits, start = Limits(), now()
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(3):
            is_over(limits)
        wait = is_over(limits)
        clock.shift(timedelta(seconds=wait))

        assert wait == 60
        assert not is_over(limits)


def test_a_clock_that_was_set_back_locks_nobody_out():
    limits, start = Limits(), now()
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(4):
            is_over(limits)
        clock.shift(timedelta(hours=-1))

        assert not is_over(limits)


def test_no_call_is_lost_from_the_count():
    limits = Limits()

    said = at_once(20, lambda: is_over(limits, per_minute=7))

    assert sum(not wait for wait in said) == 7


def test_zero_is_no_limit():
    limits = Limits()

    assert not any(is_over(limits, per_minute=0) for _ in range(5))


@pytest.mark.parametrize("storage", ["redis://127.0.0.1:1", "nowhere://x", "memory"])
def test_a_storage_that_cannot_be_used_is_said_at_the_start(storage):
    with pytest.raises(SettingError, match="RATE_LIMIT_STORAGE"):
        Limits(storage)


class Elsewhere(MemoryStorage):
    """A storage as a server of its own would be one."""

    STORAGE_SCHEME = ["elsewhere"]  # noqa: RUF012 - the library's own form


class Gone(Elsewhere):
    """A server that does not answer."""

    STORAGE_SCHEME = ["gone"]  # noqa: RUF012

    @property
    def base_exceptions(self):
        return OSError

    def get(self, key):
        raise OSError(key)


def test_in_a_server_calls_are_counted_for_all_processes():
    limits = Limits("elsewhere://")

    said = [is_over(limits) for _ in range(4)]

    assert said[:3] == [0, 0, 0]
    assert 1 <= said[3] <= 60


def test_a_server_that_does_not_answer_stops_nobody():
    limits = Limits("gone://")

    assert not any(is_over(limits) for _ in range(5))
