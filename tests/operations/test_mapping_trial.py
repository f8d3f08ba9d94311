"""Trying a mapping on a pasted payload."""

import pytest

from operations import mapping_trial
from operations.mapping_fields import STARTER, Cleanup, Field, Type
from operations.refusal import Invalid


@pytest.mark.parametrize(
    "text",
    [
        ' {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com", "x": {"y": 1}}',
        "first_name=Ann&last_name=Lee&email=ann%40example.com&x=",
    ],
)
def test_json_and_forms_are_taken(text):
    reading = mapping_trial.attempt(STARTER, text)

    assert reading.errors == {}
    assert reading.fields["email"] == "ann@example.com"
    assert reading.extra.keys() == {"x"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "[1]",
        "hello",
        '{"a": }',
        '{"a": 1',
        '{"a":' * 40_000,
        "a&b&c",
        '{"a": "\\ud800"}',
    ],
)
def test_what_is_no_payload_is_refused_with_what_to_paste(text):
    with pytest.raises(Invalid) as refused:
        mapping_trial.attempt(STARTER, text)

    assert refused.value.field == "payload"
    assert refused.value.sentence.endswith(".")


def test_the_example_passes():
    fields = (*STARTER, Field("c", "c", Type.CHOICE, allowed=("a", "b"), cleanups=(Cleanup.UPPER,)))

    assert mapping_trial.attempt(fields, mapping_trial.example(fields)).errors == {}
