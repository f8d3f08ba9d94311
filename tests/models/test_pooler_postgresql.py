"""Behind a pooler: nothing is prepared, and no setting outlives its transaction."""

from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from app import create_app
from models import Partner, across_tenants, db
from models.direct_postgresql import LOCK_TIMEOUT, OnPostgreSQL
from models.work_queue import open_queue

#: As often as psycopg needs to prepare a statement by itself, and once more.
OFTEN = 7
PREPARED = "SELECT count(*) FROM pg_prepared_statements"
HELD = "SELECT current_setting('lock_timeout'), current_setting('enable_seqscan')"


@pytest.fixture
def pooled(settings):
    opened = OnPostgreSQL(settings.database_url, pooled=True)
    yield opened
    opened.close()


def test_intake_prepares_nothing(pooled, world):
    for _ in range(OFTEN):
        counted = pooled.read(PREPARED, {})

    assert counted == (0,)


def test_intakes_settings_hold_within_a_transaction_and_no_longer(pooled, settings, world):
    with pooled.transaction() as run:
        within = run([(HELD, {})])
    with pooled._engine.connect() as connection:  # noqa: SLF001 - the very same connection
        after = connection.execute(text(HELD)).one()

    assert pooled.read(HELD, {}) == within[0] == (f"{LOCK_TIMEOUT // 1000}s", "off")
    assert after == ("0", "on")


def test_the_panel_prepares_nothing(settings, world):
    app = create_app(replace(settings, database_pooler=True))
    with app.app_context(), across_tenants(db.session):
        for _ in range(OFTEN):
            db.session.scalars(select(Partner)).all()
        counted = db.session.scalar(text(PREPARED))
        db.session.close()
        db.engine.dispose()

    assert counted == 0


def test_the_worker_asks_for_work_and_prepares_nothing(settings, tmp_path):
    queue = open_queue(settings.database_url, tmp_path, pooled=True)
    with closing(queue.storage):
        for _ in range(OFTEN):
            queue.storage.dequeue()
        prepared = queue.storage.sql(PREPARED, results=True)

    assert not queue.storage.blocking
    assert prepared == [(0,)]
