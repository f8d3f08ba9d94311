"""The database under test: "--database sqlite" (the default) or "--database postgresql"."""

from pathlib import Path
from typing import Any

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
    if config.getoption("database") != "postgresql":
        return
    if hasattr(config, "workerinput"):
        config.stash[PORT] = config.workerinput["postgres_port"]
    else:
        start_postgres(config)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what only PostgreSQL has, such as replicas, where it is not what is tested."""
    is_for_postgresql = collection_path.name.endswith("_postgresql.py")
    return True if is_for_postgresql and config.getoption("database") == "sqlite" else None


def start_postgres(config: pytest.Config) -> None:
    """Start the one server of this run; pytest stops it with the run, failed or not."""
    cluster = Cluster()
    config.add_cleanup(cluster.stop)
    config.stash[PORT] = cluster.port


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the server is."""
    if PORT in node.config.stash:
        node.workerinput["postgres_port"] = node.config.stash[PORT]


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('database')}"


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """The name of this process among those that share the run."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def database_url(
    request: pytest.FixtureRequest, worker: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The address of an empty database that this process has for itself."""
    if PORT in request.config.stash:
        return create_database(request.config.stash[PORT], f"inflow_{worker}")
    folder: Path = tmp_path_factory.mktemp("database")
    return f"sqlite:///{folder / 'inflow.db'}"
