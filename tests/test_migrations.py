"""The migrations build what the models describe, the search of each database included."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import Engine, create_engine, inspect, text

from app import create_app
from config import Settings
from models import db
from tests.postgres import create_database

SQLITE_NAMES = "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
POSTGRESQL_NAMES = """
SELECT indexname FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prolang =
    (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
"""
FOLDER = str(Path(__file__).parent.parent / "migrations")


@pytest.fixture
def fresh_url(database_url: str, tmp_path: Path, worker: str) -> str:
    """The address of a second, empty database of the same kind."""
    if database_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'fresh.db'}"
    port = create_engine(database_url).url.port
    return create_database(port, f"fresh_{worker}")


@pytest.fixture
def migrated(fresh_url: str, tmp_path: Path) -> Iterator[Engine]:
    app = create_app(
        Settings(secret_key="x" * 40, database_url=fresh_url, instance=tmp_path, production=False)
    )
    with app.app_context():
        upgrade(FOLDER)
        check(FOLDER)
        engine = create_engine(fresh_url)
        yield engine
        engine.dispose()
        downgrade(FOLDER, "base")
        assert set(inspect(engine).get_table_names()) == {"alembic_version"}
        engine.dispose()
        db.engine.dispose()


def names(engine: Engine) -> set[str]:
    query = SQLITE_NAMES if engine.dialect.name == "sqlite" else POSTGRESQL_NAMES
    with engine.connect() as connection:
        found = set(connection.scalars(text(query))) - {"alembic_version", "alembic_version_pkc"}
    return {name for name in found if not name.startswith("huey")}  # the queue makes its own


def test_an_upgraded_database_holds_what_the_models_describe_and_can_be_taken_back(
    app, migrated: Engine
):
    with app.app_context():
        described = names(db.engine)

    assert names(migrated) == described
