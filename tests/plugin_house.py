"""A house with something behind every door, for the tests that go through all of it."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.doors import House, open_house


@pytest.fixture
def house(app: Flask) -> Iterator[House]:
    """Both panels, seen by everybody."""
    with open_house(app) as house:
        yield house
