"""A house with something behind every door, for the tests that go through all of it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from config import Settings
from tests.doors import House, open_house

#: What was done a moment ago can be undone, which a house shows for ten minutes.
FRESH = 5 * 60.0


@pytest.fixture(scope="session")
def house_settings(settings: Settings, new_database: Callable[[str], str]) -> Settings:
    """A database of its own: it stays from one test to the next, and is put back in between."""
    return replace(settings, database_url=new_database("house"))


class Estate:
    """The house of this process: furnished and crawled once, and anew when it has grown old."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._opened = 0.0
        self._house: House | None = None

    def house(self) -> House:
        if self._house is None or time.monotonic() - self._opened > FRESH:
            self.close()
            self._house, self._opened = House(self.app), time.monotonic()
        return self._house

    def close(self) -> None:
        if self._house is not None:
            self._house.close()


@pytest.fixture(scope="session")
def estate(house_settings: Settings, open_app: Callable[[Settings], Flask]) -> Iterator[Estate]:
    estate = Estate(open_app(house_settings))
    yield estate
    estate.close()


@pytest.fixture
def house(estate: Estate) -> Iterator[House]:
    """Both panels, seen by everybody, as if nobody had done anything yet."""
    house = estate.house()
    house.failures.clear()
    yield house
    house.snapshot.put_back()


@pytest.fixture
def own_house(app: Flask) -> Iterator[House]:
    """A house of one test, which fills it further."""
    with open_house(app) as house:
        yield house
