"""Reading a body: whatever is sent, it is a clean object or a refusal."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.intake_answers import Refused
from operations.intake_parser import DEEPEST, FORM_TYPE, JSON_TYPE, MOST_FIELDS, parse

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
#: Bytes that look like JSON, so that the search gets behind the first bracket.
JSONISH = st.text(st.sampled_from('{}[]":,\\u0d8eNaInfty-+.1 \n\0é'), max_size=60)


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return {"a": value}


def complaint(body, content_type=JSON_TYPE):
    with pytest.raises(Refused) as refused:
        parse(body, content_type)
    return refused.value


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_an_object_is_read_as_it_was_sent(payload):
    for is_ascii in (True, False):
        body = json.dumps(payload, ensure_ascii=is_ascii).encode()

        assert parse(body, JSON_TYPE) == payload


@given(st.dictionaries(TEXT, TEXT, max_size=5))
def test_a_form_is_read_as_it_was_sent(payload):
    assert parse(urlencode(payload).encode(), FORM_TYPE) == payload


@given(st.binary(max_size=80) | JSONISH.map(str.encode), st.sampled_from([JSON_TYPE, FORM_TYPE]))
def test_anything_else_is_refused_and_nothing_unclean_gets_through(body, content_type):
    payload = read(body, content_type)

    written = json.dumps(payload, ensure_ascii=False, allow_nan=False)
    assert "\0" not in written
    assert "\\u0000" not in json.dumps(payload).replace("\\\\", "")
    assert written.encode().decode() == written


def read(body, content_type):
    """Read a body, or nothing where it is refused as malformed; nothing else is ever raised."""
    try:
        return parse(body, content_type)
    except Refused:
        return {}


@pytest.mark.parametrize(("depth", "is_fine"), [(DEEPEST - 1, True), (DEEPEST, False)])
def test_nesting_has_an_end(depth, is_fine):
    body = json.dumps(nested(depth)).encode()

    assert (parse(body, JSON_TYPE) == nested(depth)) if is_fine else complaint(body)


def test_many_brackets_are_fine_where_none_is_deep():
    payload = {f"f{n}": [{"a": 1}] for n in range(20)}

    assert parse(json.dumps(payload).encode(), JSON_TYPE) == payload


def test_so_many_fields_are_taken():
    payload = {f"f{n}": n for n in range(MOST_FIELDS)}

    assert parse(json.dumps(payload).encode(), JSON_TYPE) == payload


def test_both_halves_of_a_surrogate_pair_are_text():
    assert parse(b'{"a": "\\ud83d\\ude00"}', JSON_TYPE) == {"a": "\U0001f600"}


def test_the_sentence_says_what_was_wrong_and_repeats_nothing():
    assert complaint(b'{"secret": 1, "secret": 2}').message == "A field was sent more than once."
    assert "secret" not in complaint(b'{"secret').message


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON ; charset=UTF-8", 'application/json;charset="utf8"',
     "application/json; profile=x"],
)  # fmt: skip
def test_these_are_json(content_type):
    assert parse(b"{}", content_type) == {}


@pytest.mark.parametrize("content_type", ["", "text/json", "application/json; charset=latin-1"])
def test_these_are_not(content_type):
    assert complaint(b"{}", content_type).code == "unsupported_media_type"
