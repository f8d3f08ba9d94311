"""What every table shares."""

from datetime import datetime

import pytest
from sqlalchemy.exc import StatementError

from models import Partner, db
from models.base import key_of


def test_a_time_without_a_zone_is_refused_because_nobody_knows_which_it_meant(world, inside):
    with inside(world.acme):
        naive = datetime(2026, 11, 22, 12, 0)  # noqa: DTZ001 - the mistake that is refused
        db.session.add(Partner(name="acme-naive", created_at=naive))

        with pytest.raises(StatementError, match="has no time zone"):
            db.session.flush()


def test_two_spellings_of_one_name_have_one_key():
    assert key_of("  \uff21cme   LEAD ") == key_of("acme lead")
