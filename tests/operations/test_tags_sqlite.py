"""Tags are looked up partner by partner: in the order of tags SQLite would read everybody's."""

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from models.base import new_id
from operations import tags


@pytest.fixture
def asked():
    """Collect what is asked, with its values and on what connection."""
    found = []

    def keep(connection, _cursor, statement, values, *_rest):
        found.append((connection, statement, values))

    event.listen(Engine, "before_cursor_execute", keep)
    yield found
    event.remove(Engine, "before_cursor_execute", keep)


def test_the_tags_of_many_are_found_by_their_partners(world, inside, asked):
    with inside(world.acme):
        tags.of_many([new_id() for _ in range(500)])

        connection, statement, values = asked[-1]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    assert any("partner_id=?" in step[3] for step in plan)
