"""A rejected call explained: masked, with what is expected, and with a body that is taken."""

import json
from urllib.parse import parse_qsl

import pytest

from models import Outcome
from models.submission import Submission
from operations.explaining import explain
from operations.intake import REJECT_ON_PURPOSE, REJECTED_ON_PURPOSE
from operations.mapping_engine import reader
from operations.mapping_fields import STARTER, Field, Type

ROOF = Field("roof", "roof", Type.CHOICE, required=True, allowed=("metal", "tile"))
AGE = Field("age", "age", Type.INTEGER)
SECRET = Field("campaign", "campaign", required=True, default="none", hidden=True)
FIELDS = (*STARTER, ROOF, AGE, SECRET)
SENT = {
    "first_name": "Jane",
    "last_name": "Doe",
    "email": "jane@@doe.example",
    "phone": "312 555 0142",
    "roof": "straw",
    "age": 44,
    "campaign": "autumn",
    "comment": "call me in the evening",
    "visits": 3,
    "nested": {"mobile": "312 555 0142"},
}
ERRORS = {"email": ["Must be an e-mail address."], "roof": ["Must be one of: metal, tile."]}


def call(payload=SENT, errors=ERRORS, **values):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Submission(
        **{
            "body": body,
            "content_type": "application/json",
            "outcome": Outcome.REJECTED,
            "error": "validation_failed",
            "errors": errors,
            **values,
        }
    )


def sent(explained):
    return {one.name: one.value for one in explained.sent}


def test_personal_values_are_masked_and_the_others_are_not():
    shown = sent(explain(FIELDS, call(), "email"))

    assert shown["first_name"] == "J***"
    assert shown["email"] == "j***@@d**.example"
    assert shown["phone"] == "*** *** **42"
    assert shown["roof"] == "straw"
    assert shown["age"] == "44"
    assert shown["comment"] == "c*** m* i* t** e******"
    assert shown["visits"] == "3"
    assert "0142" not in shown["nested"]


def test_whoever_may_read_the_call_sees_it_as_it_came():
    shown = sent(explain(FIELDS, call(), "email", is_masked=False))

    assert shown["email"] == "jane@@doe.example"
    assert shown["first_name"] == "Jane"


def test_an_address_in_an_open_field_is_masked_too():
    shown = sent(explain(FIELDS, call(SENT | {"roof": "jane@example.com"}), "roof"))

    assert shown["roof"] == "j***@e******.com"


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Type.POSTAL_CODE, "(312) 555-0142", "(***) ***-**42"),
        (Type.INTEGER, "078-05-1120", "***-**-**20"),
        (Type.DATE, "+1 312 555 0142", "+* *** *** **42"),
        (Type.POSTAL_CODE, "60601-1234", "60601-1234"),
        (Type.DATE, "2026-11-20", "2026-11-20"),
        (Type.DATE, "11/20", "11/20"),
    ],
)
def test_a_number_in_the_wrong_open_field_is_masked_too(kind, value, shown):
    field = Field("swapped", "swapped", kind)

    explained = explain((field,), call({"swapped": value}), "swapped")

    assert sent(explained)["swapped"] == shown
    assert shown == value or value not in explained.corrected


def test_a_long_value_is_cut():
    assert sent(explain(FIELDS, call({"comment": "x" * 500}), "email"))["comment"].endswith("…")


def test_every_wrong_field_of_the_call_is_marked():
    explained = explain(FIELDS, call(), "email")

    assert {one.name for one in explained.sent if one.is_wrong} == {"email", "roof"}


def test_what_is_expected_comes_from_the_mapping():
    assert explain(FIELDS, call(), "roof").expected == [
        ("Type", "Choice"),
        ("Required", "Yes"),
        ("Allowed values", "metal, tile"),
        ("Example", "metal"),
    ]
    assert ("Required", "No") in explain(FIELDS, call(), "age").expected


def test_a_long_list_of_allowed_values_is_cut():
    many = Field("plan", "plan", Type.CHOICE, allowed=tuple(f"p{n}" for n in range(30)))

    expected = dict(explain((many,), call(), "plan").expected)

    assert expected["Allowed values"].endswith("p19 and 10 more")


@pytest.mark.parametrize("name", ["campaign", "gone"])
def test_nothing_is_told_of_hidden_and_unknown_fields(name):
    assert explain(FIELDS, call(), name).expected == []


def test_the_corrected_body_is_taken_and_says_nothing_personal():
    corrected = json.loads(explain(FIELDS, call(), "email").corrected)

    assert reader(FIELDS).read(corrected).errors == {}
    assert corrected["age"] == 44
    assert corrected["roof"] == "metal"
    assert corrected["comment"] == "any text"
    assert "Jane" not in str(corrected)
    assert "0142" not in str(corrected)


def test_unmasked_it_keeps_what_was_right():
    corrected = json.loads(explain(FIELDS, call(), "email", is_masked=False).corrected)

    assert reader(FIELDS).read(corrected).errors == {}
    assert (corrected["first_name"], corrected["comment"]) == ("Jane", "call me in the evening")


def test_what_was_not_sent_is_added():
    corrected = json.loads(explain(FIELDS, call({"age": 44}, {"email": ["…"]}), "email").corrected)

    assert reader(FIELDS).read(corrected).errors == {}


def test_a_body_that_could_not_be_read_is_replaced_by_a_whole_example():
    fields = (Field("state", "state", Type.US_STATE, required=True),)

    corrected = json.loads(explain(fields, call(b"[1, 2"), "").corrected)

    assert corrected == {"state": "IL"}


def test_a_form_is_corrected_as_a_form():
    body = b"first_name=Jane&last_name=Doe&email=jane&age=44&roof=tile&campaign=x"
    form = call(body, {"email": ["…"]}, content_type="application/x-www-form-urlencoded")

    explained = explain(FIELDS, form, "email")

    assert reader(FIELDS).read(dict(parse_qsl(explained.corrected))).errors == {}


def test_a_refusal_of_the_whole_call_comes_with_advice():
    limited = explain(FIELDS, call(errors=None, error="rate_limited"), "")
    broken = explain(FIELDS, call(b"{", errors=None, error="malformed_body"), "")

    assert "Retry-After" in limited.advice
    assert limited.corrected == ""
    assert broken.sent == []
    assert reader(FIELDS).read(json.loads(broken.corrected)).errors == {}
    assert explain(FIELDS, call(error="of_long_ago"), "").advice == ""


def test_a_mapping_that_takes_the_field_by_now_says_so():
    assert explain((Field("email", "email"),), call(), "email").is_fine_now
    assert not explain(FIELDS, call(), "email").is_fine_now
    assert not explain(FIELDS, call(b"{"), "email").is_fine_now


def test_an_address_that_is_rejected_on_purpose_is_not_said_to_be_taken_by_now():
    shown = call({"email": REJECT_ON_PURPOSE}, {"email": [REJECTED_ON_PURPOSE]}, is_test=True)

    assert not explain((Field("email", "email"),), shown, "email").is_fine_now
