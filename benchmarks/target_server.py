"""The server that the benchmark of the peers starts: `python -m benchmarks.target_server PORT`.

`BENCH_DB` (pg, sqlite) and `BENCH_SCALE` (1k, 100k, 1m) say over which rows. On PostgreSQL they
are in a schema beside the peers', so that the same counters see both. `--seed` fills it, and ends.
"""

import os
import sys
from pathlib import Path

import psycopg

WORK = Path(os.environ.get("BENCH_WORK", "/tmp/bench-work"))  # noqa: S108 - the benchmark's own
PG_PORT = os.environ.get("BENCH_PG_PORT", "54329")
SCHEMA = "inflow"
CONFIG = Path(__file__).parent.parent / "gunicorn.conf.py"


def environment(kind: str, scale: str) -> dict[str, str]:
    """Set up Inflow for one of the benchmark's databases."""
    instance = WORK / f"inflow_{kind}_{scale}"
    on_postgresql = (
        f"postgresql+psycopg://{SCHEMA}@127.0.0.1:{PG_PORT}/bench_{scale}"
        f"?options=-csearch_path%3D{SCHEMA}"
    )
    return {
        "DATABASE_URL": on_postgresql if kind == "pg" else f"sqlite:///{instance / 'bench.db'}",
        "INSTANCE": str(instance),
        "INFLOW_ENV": "development",
        "SECRET_KEY": "only for this measurement, forgotten afterwards",
    }


def seed(kind: str, scale: str) -> None:
    """Make the rows, unless a run before did."""
    from app import create_app  # noqa: PLC0415 - the server itself needs neither
    from benchmarks.seed import SCALES, fill  # noqa: PLC0415
    from config import Settings  # noqa: PLC0415

    settings = Settings.from_environment(environment(kind, scale))
    settings.instance.mkdir(parents=True, exist_ok=True)
    done = settings.instance / "seeded"
    if done.exists():
        return
    if kind == "pg":
        _make_schema(scale)
    fill(create_app(settings), settings, *SCALES[scale])
    done.touch()


def _make_schema(scale: str) -> None:
    address = f"postgresql://postgres@127.0.0.1:{PG_PORT}/bench_{scale}"
    with psycopg.connect(address, autocommit=True) as connection:
        if not connection.execute(f"SELECT 1 FROM pg_roles WHERE rolname = '{SCHEMA}'").fetchone():  # noqa: S608
            connection.execute(f"CREATE ROLE {SCHEMA} LOGIN")
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        connection.execute(f"CREATE SCHEMA {SCHEMA} AUTHORIZATION {SCHEMA}")
        # Where both see it: the tables of the peers are not to be seen from ours.
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        connection.execute("ALTER EXTENSION pg_trgm SET SCHEMA pg_catalog")


def main() -> None:
    """Seed, or become the server."""
    kind, scale = os.environ["BENCH_DB"], os.environ["BENCH_SCALE"]
    if sys.argv[1:] == ["--seed"]:
        seed(kind, scale)
        return
    command = [
        sys.executable, "-m", "gunicorn", "--config", str(CONFIG), "--workers", "2",
        "--log-level", "error", "--timeout", "120",
        "--bind", f"127.0.0.1:{sys.argv[1]}", "app:create_app()",
    ]  # fmt: skip
    os.execve(sys.executable, command, os.environ | environment(kind, scale))  # noqa: S606


if __name__ == "__main__":
    main()
