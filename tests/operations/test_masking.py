"""Masked values: the shape stays, what they say goes."""

import pytest

from operations.masking import looks_personal, masked


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("jane@example.com", "j***@e******.com"),
        ("jane.doe@mail.example.co.uk", "j***.d**@m***.e******.c*.uk"),
        ("jane@@example", "j***@@e******"),
        ("Jane", "J***"),
        ("Mary Ann O'Neil", "M*** A** O'N***"),
        ("+13125550142", "+*********42"),
        ("(312) 555-0142", "(***) ***-**42"),
        ("312-55", "***-55"),
        ("7", "7"),
        ("", ""),
        ("李小龙", "李**"),
    ],
)
def test_a_value_keeps_its_shape(value, shown):
    assert masked(value) == shown


@pytest.mark.parametrize("text", ["jane@example.com", "+1 312 555 0142", "call 3125550142"])
def test_addresses_and_numbers_are_recognised_anywhere(text):
    assert looks_personal(text)


@pytest.mark.parametrize("text", ["newsletter", "60601", "2026-11", ""])
def test_other_texts_are_not_taken_for_them(text):
    assert not looks_personal(text)
