"""Values as the database writes them for exports: as they are written one by one."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, update

from admin_views import cells
from models import Membership, Partner, db
from models.written import public, stamp

MOMENTS = [
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 6, 1, 1, 0, tzinfo=timezone(timedelta(hours=2))),
]


def test_identifiers_are_the_public_ones_of_each_table(world, inside):
    with inside(world.acme):
        partners = db.session.scalars(select(public(Partner))).all()
        members = db.session.scalars(select(public(Membership))).all()

        assert set(partners) == {world.acme.partner.public_id, world.acme.other_partner.public_id}
        assert world.acme.admin.public_id in members


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_moment_is_written_as_its_cell_is(world, inside, moment):
    with inside(world.acme):
        db.session.execute(update(Partner).values(created_at=moment))

        assert set(db.session.scalars(select(stamp(Partner.created_at)))) == {
            cells.stamp(moment.astimezone(UTC))
        }
