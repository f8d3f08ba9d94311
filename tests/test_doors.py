"""Every door by everybody: the grid in doors.txt says who gets which answer where.

`python -m tests.doors` writes the grid anew; its difference is reviewed like code.
"""

import difflib

import pytest

from app import create_app
from policy import PUBLIC
from tests.doors import VISITORS, approved, doors, needs_of, undeclared

# Every door by everybody: which lines that runs tells nothing.
pytestmark = pytest.mark.no_cover


def test_every_door_declares_what_it_needs(app):
    assert undeclared(app) == []


def test_the_public_doors_exist(app):
    endpoints = {door.endpoint for door in doors(app)}

    assert endpoints >= PUBLIC


def test_no_door_is_public_and_declares_a_need(app):
    assert [
        door.name for door in doors(app) if door.endpoint in PUBLIC and needs_of(app, door)
    ] == []


def test_a_door_that_declares_nothing_is_closed(settings):
    app = create_app(settings)
    app.add_url_rule("/forgotten", "forgotten", lambda: "a page that nobody thought about")

    answer = app.test_client().get("/forgotten")

    assert answer.status_code == 404
    assert "nobody thought about" not in answer.text
    assert undeclared(app)[0].startswith("GET  /forgotten (forgotten) is closed to everybody")


def test_the_grid_has_every_door_in_its_place(app):
    changes = difflib.unified_diff(
        list(approved()), [door.name for door in doors(app)], "approved", "now", lineterm=""
    )

    assert "\n".join(changes) == ""


@pytest.mark.parametrize("visitor", VISITORS)
def test_every_answer_is_the_approved_one_and_none_is_a_failure(house, visitor):
    answers = {door.name: str(house.knock(visitor, door).status_code) for door in doors(house.app)}

    assert house.failures == []
    assert answers == {name: found[visitor] for name, found in approved().items()}
