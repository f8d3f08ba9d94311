"""The walls: nobody ever sees or moves what belongs to another tenant, or to another partner."""

import pytest

from policy import PUBLIC
from tests.crawl import pages
from tests.doors import ROLES, doors, open_doors
from tests.snapshot import rows

# Every page by everybody: which lines that runs tells nothing.
pytestmark = pytest.mark.no_cover

SUCCESS = 303
#: Those who may do most in each panel.
DOERS = ("admin", "partner_admin")
#: The names under which forms send identifiers, and whose of the rival's would fit there.
NAMES = {
    "id": lambda rival: (rival.partner, rival.source, rival.partner_user, rival.invite),
    "source": lambda rival: (rival.free_source, rival.source),
    "partner": lambda rival: (rival.partner,),
    "account_manager": lambda rival: (rival.support,),
    "manager": lambda rival: (rival.support,),
    "place": lambda rival: (rival.admin,),
}
PARTNER_PEOPLE = ("partner_admin", "partner_user")
#: What the partner panel never says: another partner's things, notes, and who the staff are.
NOT_FOR_PARTNERS = ("acme-other", "-notes", "acme-free-source")


@pytest.mark.parametrize("role", ROLES)
def test_no_page_shows_anything_of_another_tenant(house, role):
    leaks = [page.address for page in pages(house, role) if "rival-" in page.text]

    assert leaks == []


@pytest.mark.parametrize("role", PARTNER_PEOPLE)
def test_no_page_of_the_partner_panel_shows_another_partner_or_the_notes(house, role):
    leaks = [
        f"{page.address}: {word}"
        for page in pages(house, role)
        for word in NOT_FOR_PARTNERS
        if word in page.text
    ]

    assert leaks == []


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_another_tenants_object_is_absent(house, role):
    opened = [
        f"{door.name} answered {answer.status_code}"
        for door, argument in foreign(house, "GET")
        if (answer := house.open(role, "GET", with_foreign(house, door, argument))).status_code
        not in {400, 403, 404}
    ]

    assert opened == []


@pytest.mark.parametrize("role", DOERS)
def test_no_deed_reaches_another_tenants_object(house, role):
    for door, argument in foreign(house, "POST"):
        answer = house.open(
            role, "POST", with_foreign(house, door, argument), data=house.body(door)
        )

        assert answer.status_code in {403, 404}, f"{door.name}, the rival's {argument}"
        assert not house.snapshot.is_changed, f"{door.name}, the rival's {argument}"


@pytest.mark.parametrize("role", DOERS)
@pytest.mark.parametrize("name", NAMES)
def test_no_form_moves_what_another_tenant_has(house, role, name):
    before = rows_of(house, house.world.rival)
    for door in deeds(house, role):
        for row in NAMES[name](house.world.rival):
            theirs = row.public_id
            answer = house.knock(role, door, data=house.body(door) | {name: theirs})

            assert "rival-" not in answer.text, f"{door.name} with {name}={theirs}"
            assert not house.snapshot.is_changed or rows_of(house, house.world.rival) == before, (
                f"{door.name} with {name}={theirs}"
            )


@pytest.mark.parametrize("role", DOERS)
@pytest.mark.parametrize("name", ["id", "source"])
def test_a_selection_with_one_foreign_row_changes_nothing(house, role, name):
    for door, ours, theirs in selections(house, role, name):
        answer = house.knock(role, door, data=house.body(door) | {name: [ours, theirs]})

        assert answer.status_code in {400, 403, 404, 422}, f"{door.name} with {name}={theirs}"
        assert not house.snapshot.is_changed, f"{door.name} with {name}={theirs}"


def deeds(house, role):
    return [
        door
        for door in open_doors(house, role)
        if door.method == "POST" and door.endpoint not in PUBLIC
    ]


def foreign(house, method):
    """Every door of the method, with each argument that can name somebody's row."""
    return [
        (door, argument)
        for door in doors(house.app)
        for argument in door.arguments
        if door.method == method
        and door.endpoint not in PUBLIC  # there a key decides, not who is signed in
        and argument not in {"token", "filename"}
    ]


def with_foreign(house, door, argument):
    return house.address(door, **{argument: house.argument(door, argument, house.world.rival)})


def identifiers(side):
    of_side = (side.partner, side.source, side.free_source, side.partner_user, side.invite)
    return [row.public_id for row in of_side]


def selections(house, role, name):
    """Deeds that succeed with one of our rows, with that row and the rival's like it."""
    pairs = list(zip(identifiers(house.world.acme), identifiers(house.world.rival), strict=True))
    return [
        (door, ours, theirs)
        for door in deeds(house, role)
        if answers(house, role, door, {name: []}) != SUCCESS
        for ours, theirs in pairs
        if answers(house, role, door, {name: ours}) == SUCCESS
    ]


def answers(house, role, door, values):
    return house.knock(role, door, data=house.body(door) | values).status_code


def rows_of(house, side):
    """Everything that the database holds about one side."""
    with house.app.app_context():
        kept = rows(house.snapshot.engine)
    return [
        (table, row)
        for table, found in kept.items()
        for row in found
        if row.get("tenant_id") == side.tenant.id or side.marker in str(row)
    ]
