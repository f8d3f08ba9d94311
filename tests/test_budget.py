"""What a page may cost: statements, the same for few rows and for many, and its weight."""

import gzip

import pytest
from sqlalchemy import event

from admin_views.invite_page import InvitePage
from admin_views.lists import ListScreen
from models import db
from policy import PUBLIC
from tests.crowd import gather
from tests.doors import doors, open_doors, open_house
from tests.snapshot import Snapshot

# Every page several times: which lines that runs tells nothing.
pytestmark = pytest.mark.no_cover

LIST, OBJECT = 8, 12
WEIGHT, COMPRESSED = 28 * 1024, 6 * 1024
FEW, MANY = 10, 1000
PEOPLE = ("admin", "partner_admin")


@pytest.fixture(scope="module")
def crowded(app):
    """A house with more of everything than any page shows; nobody changes it."""
    with open_house(app) as house:
        fill(house, 2 * MANY + FEW)
        yield house


def fill(house, number, after=0):
    with house.app.app_context():
        with db.engine.begin() as connection:
            gather(connection, house.world.acme, number, after)
        house.snapshot.forget()
        house.snapshot = Snapshot(db.engine)


def pages_of(house, visitor):
    """The gated pages that this visitor may open; an export is none, it reads row after row."""
    answers = [
        (door, house.knock(visitor, door))
        for door in open_doors(house, visitor)
        if door.method == "GET" and door.endpoint not in PUBLIC
    ]
    return [
        door
        for door, answer in answers
        if answer.status_code == 200 and answer.mimetype == "text/html"
    ]


def is_list(house, door):
    """Whether the page is one list: no export of one, and no tab of an object's page.

    Invites are two lists, what is pending and the history, wherever they are one partner's.
    """
    screen = getattr(house.app.view_functions[door.endpoint], "__self__", None)
    is_tab = "<" in door.name or isinstance(screen, InvitePage)
    return isinstance(screen, ListScreen) and not is_tab and door.endpoint.endswith(".index_view")


def statements(house, visitor, door):
    """What one visit of a page says to the database."""
    said = []

    def listen(_connection, _cursor, statement, *_more):
        if not statement.startswith(("BEGIN", "SAVEPOINT")):
            said.append(" ".join(statement.split()))

    event.listen(house.snapshot.engine, "before_cursor_execute", listen)
    try:
        house.knock(visitor, door)
    finally:
        event.remove(house.snapshot.engine, "before_cursor_execute", listen)
    return said


@pytest.mark.parametrize("visitor", PEOPLE)
def test_no_page_says_more_to_the_database_when_there_are_more_rows(own_house, visitor):
    house = own_house
    fill(house, FEW)
    found = pages_of(house, visitor)
    few = {door.name: statements(house, visitor, door) for door in found}
    fill(house, MANY, after=FEW)
    many = {door.name: statements(house, visitor, door) for door in found}

    grown = {
        name: [len(few[name]), len(said), *sorted(set(said) - set(few[name]))]
        for name, said in many.items()
        if len(said) > len(few[name])
    }
    assert grown == {}


@pytest.mark.parametrize("visitor", PEOPLE)
def test_every_page_keeps_to_its_budget(crowded, visitor):
    spent = {
        door.name: [len(said), *said]
        for door in pages_of(crowded, visitor)
        if len(said := statements(crowded, visitor, door))
        > (LIST if is_list(crowded, door) else OBJECT)
    }
    assert spent == {}


@pytest.mark.parametrize("visitor", PEOPLE)
def test_every_list_keeps_to_its_weight(crowded, visitor):
    heavy = {
        door.name: (plain, packed)
        for door in pages_of(crowded, visitor)
        if is_list(crowded, door)
        for plain, packed in [weight(crowded.knock(visitor, door).data)]
        if plain > WEIGHT or packed > COMPRESSED
    }
    assert heavy == {}


def weight(body):
    return len(body), len(gzip.compress(body, 6))


def test_the_pages_load_little_besides(house):
    files = [
        house.open("anybody", "GET", f"{house.app.static_url_path}/{name}").data
        for name in ("bootstrap.min.css", "inflow.css", "page.js", "list.js", "icons.svg")
    ]

    assert sum(len(gzip.compress(data, 6)) for data in files) <= 100 * 1024


@pytest.mark.parametrize("visitor", PEOPLE)
def test_an_export_holds_every_row_however_many_there_are(crowded, visitor):
    for door in doors(crowded.app):
        answer = crowded.knock(visitor, door) if door.rule.rule.endswith("/export") else None
        if answer is not None and answer.status_code == 200:
            rows = answer.text.splitlines()
            identifiers = {row.split(",")[0] for row in rows[1:]}

            assert crowded.failures == [], door.name
            assert len(identifiers) == len(rows) - 1 > FEW, door.name
