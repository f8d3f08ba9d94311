"""The migrations build what the models describe, the search of each database included."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import Engine, create_engine, inspect, text

from app import create_app
from config import Settings
from models import db, now
from models.base import first_id
from tests.postgres import create_database

SQLITE_NAMES = "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
POSTGRESQL_NAMES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
    AND relkind IN ('i', 'I') AND NOT relispartition
UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prolang =
    (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
UNION ALL SELECT relname || '.' || attname || ' sampled ' || attstattarget FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid AND relnamespace = 'public'::regnamespace
    WHERE attstattarget > 0
"""
NUMBERS = count(1)
FOLDER = str(Path(__file__).parent.parent / "migrations")


@pytest.fixture
def fresh_url(database_url: str, tmp_path: Path, worker: str) -> str:
    """The address of a second, empty database of the same kind."""
    if database_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'fresh.db'}"
    port = create_engine(database_url).url.port
    return create_database(port, f"fresh_{worker}_{next(NUMBERS)}")


@pytest.fixture
def fresh(fresh_url: str, tmp_path: Path) -> Flask:
    """An application on an empty database."""
    return create_app(
        Settings(secret_key="x" * 40, database_url=fresh_url, instance=tmp_path, production=False)
    )


@pytest.fixture
def migrated(fresh: Flask, fresh_url: str) -> Iterator[Engine]:
    with fresh.app_context():
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


ROWS = """
INSERT INTO tenant (id, code, name, time_zone, created_at)
    VALUES (1, 'code', 'Tenant', 'UTC', '2026-11-22');
INSERT INTO partner (tenant_id, id, name, name_key, contact_name, contact_email, phone, website,
        status, notes, show_returned, deduct_returned, created_at, version)
    VALUES (1, {one}, 'One', 'one', '', '', '', '', 'active', '', true, false, '2026-11-22', 1),
        (1, {two}, 'Two', 'two', '', '', '', '', 'active', '', true, false, '2026-11-22', 1);
INSERT INTO source (tenant_id, id, name, name_key, vertical, status, partner_id, notes, created_at,
        deleted_at, version)
    VALUES (1, {two}, 'A', 'a', '', 'live', {one}, '', '2026-11-22', NULL, 1),
        (1, {one}, 'B', 'b', '', 'live', {one}, '', '2026-11-22', '2026-11-22', 1)
"""
BEFORE_COUNTS = "2026_11_22_leads"


def test_what_partners_have_already_is_counted_when_the_counts_come(fresh, fresh_url):
    one, two = ("'00000000000000000000000000000001'", "'00000000000000000000000000000002'")
    rows = ROWS.format(one=one, two=two)
    with fresh.app_context():
        upgrade(FOLDER, BEFORE_COUNTS)
        with db.engine.begin() as connection:
            for statement in rows.split(";"):
                connection.execute(text(statement))
        upgrade(FOLDER)
        with db.engine.connect() as connection:
            counts = "SELECT name, source_count, user_count, admin_count FROM partner ORDER BY name"
            found = connection.execute(text(counts)).all()
        db.engine.dispose()

    assert found == [("One", 1, 0, 0), ("Two", 0, 0, 0)]


BEFORE_FIGURES = "2026_11_22_by_hand"
#: Of the partner: a day in the period, the one before it, and a source's, which is in its sum.
FIGURES = """
INSERT INTO metric_day (tenant_id, source_id, partner_id, day, accepted, duplicate, rejected,
        returned, payout_cents, returned_cents, deducted_cents)
    VALUES (1, {every}, {one}, '2026-11-20', 5, 2, 1, 0, 0, 0, 0),
        (1, {every}, {one}, '2026-10-01', 70, 0, 0, 0, 0, 0, 0),
        (1, {two}, {one}, '2026-11-20', 5, 2, 1, 0, 0, 0, 0);
INSERT INTO standing_period (tenant_id, period, first, last)
    VALUES (1, '30', '2026-10-24', '2026-11-22'), (1, '90', '2026-09-01', '2026-11-22');
INSERT INTO lead (tenant_id, id, source_id, partner_id, received_at, day, state, is_test, email,
        phone, fields, extra, payout_cents, return_reason)
    VALUES (1, {one}, {two}, {one}, '2026-11-20 10:00:00+00:00', '2026-11-20', 'accepted', false,
        '', '', '{{}}', '{{}}', 0, ''),
        (1, {two}, {two}, {one}, '2026-11-21 10:00:00+00:00', '2026-11-21', 'accepted', true,
        '', '', '{{}}', '{{}}', 0, '')
"""


def test_what_partners_brought_already_is_in_their_rows_when_lists_ask_for_it(fresh, fresh_url):
    every, one, two = (f"'{UUID(int=number).hex}'" for number in range(3))
    rows = f"{ROWS};{FIGURES}".format(every=every, one=one, two=two)
    with fresh.app_context():
        upgrade(FOLDER, BEFORE_FIGURES)
        with db.engine.begin() as connection:
            for statement in rows.split(";"):
                connection.execute(text(statement))
        upgrade(FOLDER)
        with db.engine.connect() as connection:
            figures = "SELECT name, received_30, accepted_30, last_lead_at FROM partner"
            found = connection.execute(text(f"{figures} ORDER BY name")).all()
        db.engine.dispose()

    assert [row[:3] for row in found] == [("One", 8, 5), ("Two", 0, 0)]
    assert f"{found[0].last_lead_at}".startswith("2026-11-20 10:00")
    assert found[1].last_lead_at is None


BEFORE_FAILED_MAIL = "2026_11_23_later_jobs"
#: One that was refused, one that was sent, and an invite whose letter is not known.
MAILS = """
INSERT INTO tenant (id, code, name, time_zone, created_at)
    VALUES (1, 'code', 'Tenant', 'UTC', '2026-11-22');
INSERT INTO letter (tenant_id, id, kind, to_email, to_name, facts, queued_at, next_try_at, attempts,
        failed_at, filed_as, answer)
    VALUES (1, {one}, 'invite', '', '', '{{}}', '2026-11-22', '2026-11-22', 1, '2026-11-22', '',
        '550'), (1, {two}, 'invite', '', '', '{{}}', '2026-11-22', '2026-11-22', 1, NULL, '', '');
INSERT INTO invite (tenant_id, id, email, email_key, role, message, letter_id, created_at, sent_at,
        times_sent, expires_at)
    VALUES (1, {one}, 'a@m.example', 'a@m.example', 'sales', '', {one}, '2026-11-22', '2026-11-22',
        1, '2026-11-29'),
        (1, {two}, 'b@m.example', 'b@m.example', 'sales', '', {two}, '2026-11-22', '2026-11-22',
        1, '2026-11-29'),
        (1, {every}, 'c@m.example', 'c@m.example', 'sales', '', NULL, '2026-11-22', '2026-11-22',
        1, '2026-11-29')
"""


def test_invites_say_whose_mail_failed_before_they_could(fresh):
    every, one, two = (f"'{UUID(int=number).hex}'" for number in range(3))
    told = text("SELECT email FROM invite WHERE mail_failed ORDER BY email")
    with fresh.app_context():
        upgrade(FOLDER, BEFORE_FAILED_MAIL)
        run(MAILS.format(every=every, one=one, two=two).split(";"))
        upgrade(FOLDER)
        with db.engine.connect() as connection:
            before = connection.scalars(told).all()
        run([f"UPDATE letter SET failed_at = '2026-11-22' WHERE id = {two}"])
        with db.engine.connect() as connection:
            after = connection.scalars(told).all()
        db.engine.dispose()

    assert before == ["a@m.example"]
    assert after == ["a@m.example", "b@m.example"]


BEFORE_PARTITIONS = "2026_11_22_standings"
#: One long ago, one of now, and one whose machine had its clock ahead.
OLD, NEW, COMING = (first_id((now() + timedelta(days=days)).timestamp()) for days in (-400, 0, 40))
CALLS = """
INSERT INTO tenant (id, code, name, time_zone, created_at)
    VALUES (1, 'code', 'Tenant', 'UTC', '2026-11-22');
INSERT INTO lead (tenant_id, id, source_id, received_at, day, state, is_test, email, phone, fields,
        extra, payout_cents, return_reason)
    SELECT 1, {id}, {id}, '2026-11-22', '2026-11-22', 'accepted', false, '', '', '{{}}',
        '{{}}', 7, '';
INSERT INTO submission (tenant_id, id, seq, source_id, credential_id, received_at, day, address,
        content_type, body, outcome, is_test, status, answer, error, payout_cents)
    SELECT 1, {id}, 1, {id}, {id}, '2026-11-22', '2026-11-22', '', '', '', 'accepted', false, 201,
        '', '', 7
"""


def test_no_call_is_lost_where_they_are_put_into_partitions_and_back(fresh, fresh_url):
    with fresh.app_context():
        upgrade(FOLDER, BEFORE_PARTITIONS)
        for place, one in enumerate((OLD, NEW, COMING)):
            # In the digits of SQLite, which PostgreSQL reads too. The tenant comes with the first.
            run(CALLS.format(id=f"'{one.hex}'").split(";")[bool(place) :])
        upgrade(FOLDER)
        after = kept()
        downgrade(FOLDER, BEFORE_PARTITIONS)
        back = kept()
        described = names(db.engine)
        upgrade(FOLDER)
        check(FOLDER)
        db.engine.dispose()

    assert after == back == [(one, 7) for one in (OLD, NEW, COMING) for _ in ("lead", "submission")]
    assert {"lead_email", "submission_seq"} <= described


def run(statements):
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def kept():
    rows = "SELECT id, payout_cents FROM {}"
    both = f"{rows.format('lead')} UNION ALL {rows.format('submission')} ORDER BY 1"
    with db.engine.connect() as connection:
        return [(UUID(str(one)), cents) for one, cents in connection.execute(text(both))]
