"""What a new password has to meet, and how it is kept."""

from dataclasses import replace

import pytest

from operations import passwords
from operations.refusal import Invalid
from tests.world import WEAK

EMAIL = "ada.lovelace@mail.example"


@pytest.mark.parametrize(
    "password", ["ten chars!", "pässwörter ½ 🦊", "x7" * 64, " " * 5 + "inner"]
)
def test_any_characters_will_do(password):
    passwords.check_new(password, EMAIL)


@pytest.mark.parametrize("password", ["", "nine char", "y8" * 64 + "z"])
def test_too_short_and_too_long_are_refused(password):
    with pytest.raises(Invalid, match="10 to 128") as refusal:
        passwords.check_new(password, EMAIL)

    assert refusal.value.field == "password"


@pytest.mark.parametrize("password", [EMAIL, EMAIL.upper(), "Ada.Lovelace"])
def test_the_address_and_its_first_part_are_refused(password):
    with pytest.raises(Invalid, match="address"):
        passwords.check_new(password, EMAIL)


@pytest.mark.parametrize(
    "password", ["password123", "PassWord123", "qwertyuiop", "aaaaaaaaaaaa", "abcdefghijkl"]
)
def test_common_ones_are_refused(password):
    with pytest.raises(Invalid, match="lists"):
        passwords.check_new(password, EMAIL)


def test_the_password_fits_its_hash_and_no_other():
    stored = passwords.hashed("correct horse battery", WEAK)

    assert stored.startswith("$argon2id$")
    assert passwords.fits("correct horse battery", stored, WEAK)
    assert not passwords.fits("wrong horse battery", stored, WEAK)


def test_nobodys_hash_costs_the_same_and_fits_nothing():
    made_up, real = passwords.nobodys(WEAK), passwords.hashed("correct horse battery", WEAK)

    assert made_up.split("$")[:4] == real.split("$")[:4]
    assert [len(part) for part in made_up.split("$")] == [len(part) for part in real.split("$")]
    assert not passwords.fits("correct horse battery", made_up, WEAK)


def test_what_is_no_hash_fits_nothing():
    assert not passwords.fits("correct horse battery", "", WEAK)


def test_a_right_password_is_hashed_again_when_the_parameters_changed():
    stored, stronger = passwords.hashed("correct horse", WEAK), replace(WEAK, password_passes=2)

    assert passwords.renewed("correct horse", stored, WEAK) == stored
    assert "t=2" in passwords.renewed("correct horse", stored, stronger)
