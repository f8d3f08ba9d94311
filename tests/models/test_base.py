"""What every table shares."""

import uuid
from datetime import datetime
from time import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError
from typeid import TypeID

from models import Partner, db
from models.base import first_id, key_of, new_id, parse_id, public_id, split_id

IDENTIFIERS = st.uuids() | st.integers(0, 2**128 - 1).map(lambda number: uuid.UUID(int=number))


def test_a_time_without_a_zone_is_refused_because_nobody_knows_which_it_meant(world, inside):
    with inside(world.acme):
        naive = datetime(2026, 11, 22, 12, 0)  # noqa: DTZ001 - the mistake that is refused
        db.session.add(Partner(name="acme-naive", created_at=naive))

        with pytest.raises(StatementError, match="has no time zone"):
            db.session.flush()


def test_two_spellings_of_one_name_have_one_key():
    assert key_of("  \uff21cme   LEAD ") == key_of("acme lead")


@given(IDENTIFIERS)
def test_an_identifier_is_written_and_read_as_the_specification_of_typeid_says(identifier):
    written = public_id("partner", identifier)

    assert written == str(TypeID.from_uuid(identifier, "partner"))
    assert parse_id("partner", written) == identifier
    assert split_id(written) == ("partner", identifier)


@given(st.text() | st.text("01h455vb4pex5vsknk084sn02q_ilou8Z", max_size=30))
def test_whatever_else_is_typed_is_either_refused_or_the_one_way_to_write_it(typed):
    for text in (typed, f"partner_{typed}", f"partner_{typed:0>26}"):
        try:
            prefix, identifier = split_id(text)
        except ValueError:
            continue
        assert public_id(prefix, identifier) == text


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "partner",
        "partner_",
        "_01h455vb4pex5vsknk084sn02q",
        "01h455vb4pex5vsknk084sn02q",
        "source_01h455vb4pex5vsknk084sn02q",
        "partner_01H455VB4PEX5VSKNK084SN02Q",
        "partner_01h455vb4pex5vsknk084sn02",
        "partner_01h455vb4pex5vsknk084sn02qq",
        "partner_81h455vb4pex5vsknk084sn02q",
        "partner_01h455vb4pex5vsknk084sn02u",
        "partner_01h455vb4pex5vsknk084sn02\ud800",
        "partner_01h455vb4pex5vsknk084sn02\x00",
        "\uff50artner_01h455vb4pex5vsknk084sn02q",
    ],
)
def test_nothing_but_the_identifier_of_a_partner_is_one(typed):
    with pytest.raises(ValueError, match="is not"):
        parse_id("partner", typed)


def test_identifiers_sort_as_they_were_made():
    made = [new_id() for _ in range(100)]

    assert sorted(public_id("partner", one) for one in made) == [
        public_id("partner", one) for one in made
    ]


def test_the_first_identifier_of_a_moment_comes_before_all_that_are_made_in_it():
    before, made, after = time(), new_id(), time()

    assert first_id(before) <= made < first_id(after + 1)
    assert first_id(-1) == uuid.UUID(int=0)
