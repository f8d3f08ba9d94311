"""Statements straight to the driver within a session's own transaction."""

from models import db
from models.direct_session import in_session

NAMES = "SELECT count(*) FROM tenant WHERE name = :name"
RENAME = "UPDATE tenant SET name = :name WHERE id = :id"


def test_they_are_taken_back_with_the_session(world, inside):
    with inside(world.acme):
        direct = in_session(db.session)
        with direct.transaction() as run:
            run([*direct.holding([1]), (RENAME, {"name": "new", "id": world.acme.tenant.id})])
        direct.write_once([(RENAME, {"name": "newer", "id": world.acme.tenant.id})])
        within = direct.read(NAMES, {"name": "newer"})
        direct.close()
        db.session.rollback()

        assert within == (1,)
        assert in_session(db.session).read(NAMES, {"name": "newer"}) == (0,)
