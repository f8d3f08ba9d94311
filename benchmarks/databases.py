"""A fresh database for a measurement, and the settings of an application that lives on it."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import Cluster

#: Every commit is on disk.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
#: As the benchmark of the peers sets its server up.
SERVER = {
    **DURABLE,
    "shared_buffers": "2GB",
    "effective_cache_size": "12GB",
    "work_mem": "32MB",
    "max_wal_size": "8GB",
    "random_page_cost": "1.1",
}


@contextmanager
def fresh(kind: str, server: Mapping[str, str] = SERVER) -> Iterator[dict[str, str]]:
    """Make an empty database, and tell the environment; both go with the block."""
    folder = Path(tempfile.mkdtemp(prefix="inflow-bench-"))
    cluster = Cluster(server) if kind == "postgresql" else None
    try:
        yield {
            "DATABASE_URL": cluster.create_database("bench")
            if cluster
            else f"sqlite:///{folder / 'bench.db'}",
            "INSTANCE": str(folder / "instance"),
            "INFLOW_ENV": "development",
            "SECRET_KEY": "only for this measurement, forgotten afterwards",
        }
    finally:
        if cluster:
            cluster.stop()
        shutil.rmtree(folder)
