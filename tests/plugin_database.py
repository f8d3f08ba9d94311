"""The database under test: "--database sqlite" (the default) or "--database postgresql"."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.postgres import Cluster, create_database

PORT = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["sqlite", "postgresql"],
        default="sqlite",
        help="run on SQLite, or on a PostgreSQL that the run starts itself",
    )


def pytest_configure(config: pytest.Config) -> None:
    is_worker = hasattr(config, "workerinput")
    runs_tests = is_worker or not config.getoption("numprocesses", None)
    if config.getoption("database") == "postgresql" and runs_tests:
        start_postgres(config)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what only the other database has, such as replicas, or other plans."""
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[config.getoption("database")]
    return True if collection_path.name.endswith(f"_{other}.py") else None


def start_postgres(config: pytest.Config) -> None:
    """Start a server for this process; pytest stops it with the run, failed or not.

    Processes do not share one: what counts calls waits for every older transaction of a server,
    those of other tests included.
    """
    cluster = Cluster()
    config.add_cleanup(cluster.stop)
    config.stash[PORT] = cluster.port


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('database')}"


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """The name of this process among those that share the run."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def new_database(
    request: pytest.FixtureRequest, worker: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    """Create an empty database that this process has for itself, and give its address."""

    def create(name: str) -> str:
        if PORT in request.config.stash:
            return create_database(request.config.stash[PORT], f"{name}_{worker}")
        folder: Path = tmp_path_factory.mktemp("database")
        return f"sqlite:///{folder / name}.db"

    return create


@pytest.fixture(scope="session")
def database_url(new_database: Callable[[str], str]) -> str:
    """The database of most tests, which is emptied after each of them."""
    return new_database("inflow")
