"""Tags of many partners are read partner by partner, however many there are of others."""

from operations import tags
from tests.statements import counted


def test_tags_come_in_order_for_each_of_many(world, inside):
    one, other = world.acme.partner, world.acme.other_partner
    with inside(world.acme):
        tags.add([(one, "b"), (other, "d"), (one, "c"), (one, "a")])

        assert tags.of_many([one.id, other.id]) == {one.id: ["a", "b", "c"], other.id: ["d"]}


def test_of_nobody_nothing_is_asked(world, inside):
    with inside(world.acme), counted() as statements:
        assert tags.of_many([])[world.acme.partner.id] == []

    assert statements == []
