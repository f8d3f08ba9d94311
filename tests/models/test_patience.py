"""How long our transactions last where somebody else decides."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from models import Partner, db
from models.patience import at_most, end_when_idle
from tests.world import partner_of

#: Counts for longer than anybody waits, in either database.
ENDLESS = text("""
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
    SELECT count(*) FROM numbers
""")


def test_what_takes_too_long_ends_and_what_was_done_before_stands(world, inside):
    with inside(world.acme):
        made = partner_of(world.acme.tenant, "acme-made-before")

        with pytest.raises(OperationalError), at_most(db.session, 0.05):
            db.session.execute(ENDLESS)

        found = select(Partner.name).where(Partner.id == made.id)
        assert db.session.scalar(found) == "acme-made-before"


def test_later_statements_have_all_the_time_they_need(world, inside):
    with inside(world.acme):
        with at_most(db.session, 0.05):
            db.session.execute(select(Partner.id))

        if db.session.get_bind().dialect.name == "postgresql":
            assert db.session.scalar(text("SHOW statement_timeout")) == "0"
            db.session.execute(text("SELECT pg_sleep(0.06)"))
        assert db.session.scalar(text("SELECT 1")) == 1


def test_postgresql_ends_a_transaction_that_asks_nothing(world, inside):
    with inside(world.acme):
        end_when_idle(db.session, 60)

        if db.session.get_bind().dialect.name == "postgresql":
            limit = text("SHOW idle_in_transaction_session_timeout")
            assert db.session.scalar(limit) == "1min"
        assert db.session.scalar(text("SELECT 1")) == 1
