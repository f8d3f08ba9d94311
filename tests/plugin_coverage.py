"""Which lines the tests run: with `-p tests.plugin_coverage` they stand in .coverage.* files."""

from collections.abc import Iterator

import pytest
from coverage import Coverage

#: On PostgreSQL, what speaks to it: screens run the same lines there as on SQLite.
SPEAKING = (
    "tests/models/",
    "tests/operations/",
    "tests/test_commands.py",
    "tests/admin_views/test_search.py",
)

# From here on, before anything of ours is imported. pytest-cov follows lines twice where the tests
# are shared among processes, and "no_cover" ends only one of both: that took a third of the time.
coverage = Coverage(data_suffix=True)
coverage.start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Follow no line of a test that goes through thousands of pages: it takes twice as long."""
    if is_followed(item):
        return (yield)
    coverage.stop()
    try:
        return (yield)
    finally:
        coverage.start()


def is_followed(item: pytest.Item) -> bool:
    is_sweep = item.get_closest_marker("no_cover") is not None
    is_speaking = item.nodeid.startswith(SPEAKING)
    return not is_sweep and (is_speaking or item.config.getoption("database") == "sqlite")


def pytest_unconfigure() -> None:
    coverage.stop()
    coverage.save()
