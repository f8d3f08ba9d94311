"""The difference between two mappings, in words."""

from dataclasses import replace

import pytest

from operations.mapping_differences import differences, shown
from operations.mapping_fields import STARTER, Cleanup, Field, Type

COLOR = Field("color", "color", Type.CHOICE, allowed=("red", "blue"))


def test_the_same_twice_differs_in_nothing():
    assert differences(STARTER, STARTER) == []


def test_another_order_is_a_difference_too():
    assert differences(STARTER, STARTER[::-1]) == ["The order of the fields changes."]


def test_fields_that_come_and_go():
    coming = replace(COLOR, required=True, default="red")

    assert differences([Field("age", "age")], [coming]) == [
        "“color”: new, becomes color (Choice), required, one of red, blue, “red” as default.",
        "“age”: no longer read as age, only kept as it came.",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "tint"}, "“tint”: was sent as “color”."),
        ({"type": Type.TEXT}, "“color”: Choice becomes Text."),
        ({"required": True}, "“color”: now required."),
        ({"default": "red"}, "“color”: “red” as default."),
        ({"allowed": ()}, "“color”: any value is taken."),
        (
            {"allowed": ("red", "green")},
            "“color”: also takes green; no longer takes blue.",
        ),
        ({"cleanups": (Cleanup.TRIM, Cleanup.LOWER)}, "“color”: clean-ups: trim, lower."),
        ({"cleanups": ()}, "“color”: clean-ups: none."),
        ({"hidden": True}, "“color”: now hidden from the specification."),
    ],
)
def test_every_part_of_a_field_that_changes_is_said(change, said):
    assert differences([COLOR], [replace(COLOR, **change)]) == [said]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"required": True}, "“color”: no longer required."),
        ({"default": "red"}, "“color”: no default any more."),
        ({"allowed": ()}, "“color”: only red, blue."),
        ({"hidden": True}, "“color”: now in the specification."),
    ],
)
def test_so_is_what_changes_back(change, said):
    assert differences([replace(COLOR, **change)], [COLOR]) == [said]


def test_of_many_allowed_values_six_are_named():
    many = replace(COLOR, allowed=tuple(f"v{n}" for n in range(9)))

    assert differences([replace(COLOR, allowed=())], [many]) == [
        "“color”: only v0, v1, v2, v3, v4, v5 and 3 more."
    ]


def test_partners_do_not_read_of_hidden_fields():
    hidden = replace(COLOR, hidden=True)

    assert shown([hidden, *STARTER]) == list(STARTER)
