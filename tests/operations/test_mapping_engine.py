"""The mapping at work, without a database."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.mapping_engine import EMPTY, NOT_SENT, Reader, reader
from operations.mapping_examples import example_of
from operations.mapping_fields import STARTER, Cleanup, Field, Type, from_json, to_json

TYPES = list(Type)
PERSON = {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"}


def read_one(sent, **rules):
    """Read one value by one row called `sent`, which becomes the lead field `got`."""
    reading = Reader([Field("sent", "got", **rules)]).read({"sent": sent})
    return reading.fields.get("got"), reading.errors.get("sent")


def value_of(sent, **rules):
    value, errors = read_one(sent, **rules)
    assert errors is None
    return value


def error_of(sent, **rules):
    value, errors = read_one(sent, **rules)
    assert value is None
    (sentence,) = errors
    return sentence


def test_the_starter_mapping_makes_a_lead_of_a_plain_form():
    reading = reader(STARTER).read(
        PERSON
        | {
            "email": " Ann@Example.com ",
            "phone": "(312) 555-0148",
            "state": "illinois",
            "postal_code": "606011234",
            "utm_source": "ads",
        }
    )

    assert reading.errors == {}
    assert reading.fields == {
        "first_name": "Ann",
        "last_name": "Lee",
        "email": "ann@example.com",
        "phone": "+13125550148",
        "state": "IL",
        "postal_code": "60601-1234",
        "country": "US",
    }
    assert next(iter(reading.fields)) == "first_name"
    assert reading.extra == {"utm_source": "ads"}


def test_all_errors_come_at_once_under_the_names_that_were_sent():
    reading = Reader(
        [
            Field("fname", "first_name", required=True),
            Field("mail", "email", Type.EMAIL, required=True),
            Field("zip", "postal_code", Type.POSTAL_CODE),
            Field("age", "age", Type.INTEGER),
        ]
    ).read({"mail": "nobody", "zip": "6060", "age": 44, "x": [1]})

    assert reading.errors.keys() == {"fname", "mail", "zip"}
    assert reading.errors["fname"] == [NOT_SENT]
    assert reading.fields == {"age": 44}
    assert reading.extra == {"x": [1]}


def test_an_error_repeats_nothing_of_what_was_sent():
    for kind in TYPES:
        sentence = error_of("<script>" * 300, type=kind, allowed=("a",))

        assert "script" not in sentence


@pytest.mark.parametrize("empty", ["", "   ", None])
def test_nothing_is_missing_where_a_field_is_required(empty):
    assert value_of(empty) is None
    assert value_of(empty, required=True, default="none") == "none"
    assert error_of(empty, required=True) == (NOT_SENT if empty is None else EMPTY)


def test_a_default_follows_the_rules_of_its_row():
    assert value_of(None, type=Type.INTEGER, default=" 7 ") == 7
    assert value_of(None, type=Type.INTEGER, default="seven") is None


@pytest.mark.parametrize(
    ("kind", "sent", "got"),
    [
        (Type.TEXT, 12, "12"),
        (Type.TEXT, 12.5, "12.5"),
        (Type.TEXT, 1e-7, "0.0000001"),
        (Type.TEXT, Decimal("1.50"), "1.50"),
        (Type.TEXT, True, "true"),
        (Type.TEXT, "null", "null"),
        (Type.INTEGER, "42", 42),
        (Type.INTEGER, -3, -3),
        (Type.INTEGER, 42.0, 42),
        (Type.DECIMAL, "+12.50", "12.50"),
        (Type.DECIMAL, 3, "3"),
        (Type.BOOLEAN, "Yes", True),
        (Type.BOOLEAN, 0, False),
        (Type.BOOLEAN, False, False),
        (Type.EMAIL, "Ann@EXAMPLE.com", "Ann@example.com"),
        (Type.PHONE, "+44 20 7946 0018", "+442079460018"),
        (Type.PHONE, 3125550148, "+13125550148"),
        (Type.PHONE, "312.555.0148 x12", "+13125550148"),
        (Type.POSTAL_CODE, "60601", "60601"),
        (Type.POSTAL_CODE, 60601, "60601"),
        (Type.US_STATE, "district of columbia", "DC"),
        (Type.US_STATE, "pr", "PR"),
        (Type.DATE, "2024-02-29", "2024-02-29"),
        (Type.DATE_TIME, "2026-11-20T10:04:05-05:00", "2026-11-20T15:04:05Z"),
        (Type.DATE_TIME, "2026-11-20T10:04Z", "2026-11-20T10:04:00Z"),
        (Type.URL, "https://www.example.com:8443/a?b=c", "https://www.example.com:8443/a?b=c"),
    ],
)
def test_each_type_takes(kind, sent, got):
    value = value_of(sent, type=kind)

    assert (value, type(value)) == (got, type(got))


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (Type.TEXT, "x" * 2001),
        (Type.TEXT, float("nan")),
        (Type.TEXT, Decimal("sNaN")),
        (Type.TEXT, Decimal("1E+999999")),
        pytest.param(Type.TEXT, 10**5000, id="a huge number"),
        (Type.INTEGER, "4.5"),
        (Type.INTEGER, "1,000"),
        (Type.INTEGER, "٤٢"),
        (Type.INTEGER, True),
        (Type.INTEGER, "9" * 19),
        (Type.DECIMAL, "1,5"),
        (Type.DECIMAL, "1e5"),
        (Type.BOOLEAN, "maybe"),
        (Type.EMAIL, "ann@"),
        (Type.EMAIL, "ann@example"),
        (Type.EMAIL, "a" * 70 + "@example.com"),
        pytest.param(Type.EMAIL, "ann@\ud800.com", id="a lone surrogate"),
        (Type.PHONE, "555-0148"),
        (Type.PHONE, "call 312 555 0148"),
        (Type.PHONE, "+999 312 555 0148"),
        (Type.PHONE, "((((((("),
        (Type.POSTAL_CODE, 2134),
        (Type.POSTAL_CODE, "SW1A 1AA"),
        (Type.US_STATE, "Ontario"),
        (Type.DATE, "11/20/2026"),
        (Type.DATE, "2023-02-29"),
        (Type.DATE, "20261120"),
        (Type.DATE_TIME, "2026-11-20T15:04:05"),
        (Type.DATE_TIME, "0001-01-01T00:00+14:00"),
        (Type.URL, "javascript:alert(1)"),
        (Type.URL, "https://user@example.com/"),
        (Type.URL, "https://[::1/"),
        (Type.URL, "https://example.com:99999/"),
        (Type.URL, "www.example.com"),
    ],
)
def test_each_type_says_what_it_expects_instead_of_taking(kind, sent):
    sentence = error_of(sent, type=kind)

    assert sentence.startswith("Must ")
    assert sentence.endswith(".")


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(("sent", "what"), [({"a": 1}, "an object"), ([1], "a list")])
def test_no_type_takes_an_object_or_a_list(kind, sent, what):
    assert error_of(sent, type=kind) == f"Must be one value, not {what}."


@pytest.mark.parametrize(
    ("country", "sent", "got"),
    [
        ("US", "60601-1234", "60601-1234"),
        ("usa", "606011234", "60601-1234"),
        ("GB", "sw1a 1aa", "SW1A 1AA"),
        ("CA", "K1A 0B1", "K1A 0B1"),
    ],
)
def test_a_postal_code_is_of_the_leads_country_wherever_that_stands(country, sent, got):
    rows = [Field("zip", "postal_code", Type.POSTAL_CODE), Field("land", "country")]

    reading = Reader(rows).read({"zip": sent, "land": country})

    assert reading.fields == {"postal_code": got, "country": country}


def test_a_foreign_postal_code_is_plain():
    rows = [Field("zip", "postal_code", Type.POSTAL_CODE), Field("land", "country")]

    reading = Reader(rows).read({"zip": "<60601>", "land": "GB"})

    assert reading.errors.keys() == {"zip"}


def test_allowed_values_ignore_case_and_keep_the_spelling_of_the_list():
    rules = {"type": Type.CHOICE, "allowed": ("Auto", "Home")}

    assert value_of("aUTO", **rules) == "Auto"
    assert error_of("boat", **rules) == "Must be one of: Auto, Home."


def test_allowed_values_are_read_as_the_type_reads_them():
    rules = {"type": Type.INTEGER, "allowed": ("1", "2", "not a number")}

    assert value_of("2.0", **rules) == 2
    assert "Must be one of" in error_of(3, **rules)


def test_an_error_lists_twenty_of_many_allowed_values():
    sentence = error_of("x", type=Type.CHOICE, allowed=tuple(f"v{n}" for n in range(30)))

    assert sentence.endswith("v19 and 10 more.")


@pytest.mark.parametrize(
    ("cleanups", "sent", "got"),
    [
        ((), " a ", " a "),
        ((Cleanup.TRIM,), " a ", "a"),
        ((Cleanup.DIGITS,), "a1-2b", "12"),
        ((Cleanup.UPPER, Cleanup.TRIM), " ab ", "AB"),
        ((Cleanup.LOWER,), "AB", "ab"),
        ((Cleanup.TITLE,), "mary-ann O'NEIL-de la cruz", "Mary-Ann O'Neil-De La Cruz"),
        ((Cleanup.TITLE, Cleanup.UPPER), "don't", "Don't"),
        ((Cleanup.DIGITS,), "none", None),
    ],
)
def test_cleanups_run_in_one_fixed_order(cleanups, sent, got):
    assert value_of(sent, cleanups=cleanups) == got


def test_a_mapping_survives_its_json():
    rows = (
        *STARTER,
        Field(
            "t",
            "t",
            Type.CHOICE,
            default="a",
            allowed=("a", "b"),
            cleanups=(Cleanup.LOWER,),
            required=True,
            hidden=True,
        ),
    )

    assert from_json(json.loads(json.dumps(to_json(rows)))) == rows


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_takes_its_own_example(kind):
    allowed = ("one", "two") if kind is Type.CHOICE else ()
    field = Field("sent", "got", kind, allowed=allowed)

    assert Reader([field]).read({"sent": example_of(field)}).errors == {}
    assert kind.word[0].isupper()


def test_examples_are_of_the_lead_field_and_follow_the_cleanups():
    assert example_of(Field("x", "city", cleanups=(Cleanup.UPPER,))) == "CHICAGO"
    assert example_of(Field("x", "note", cleanups=(Cleanup.DIGITS,))) == "123"
    assert [cleanup.word for cleanup in Cleanup][:2] == ["Trim", "Digits only"]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals(allow_nan=True)
    | st.text(st.characters(exclude_categories=()), max_size=60)
    | st.from_regex(r"\+?[0-9 ().-]{3,20}", fullmatch=True)
    | st.from_regex(r"[a-z.]{1,9}@[\w.]{1,9}\.[a-z]{2,4}", fullmatch=True)
    | st.from_regex(r"https?://[\w.:\[\]-]{1,20}", fullmatch=True)
    | st.from_regex(r"[0-9]{4}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-6][0-9]Z)?", fullmatch=True),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
ROWS = st.builds(
    Field,
    name=st.just("sent"),
    to=st.sampled_from(["got", "country", "email"]),
    type=st.sampled_from(TYPES),
    required=st.booleans(),
    default=st.text(max_size=9),
    allowed=st.lists(st.text(max_size=9), max_size=3).map(tuple),
    cleanups=st.lists(st.sampled_from(list(Cleanup)), max_size=3).map(tuple),
)


@given(sent=ANYTHING, row=ROWS)
def test_whatever_is_sent_becomes_a_value_that_json_holds_or_a_sentence(sent, row):
    reading = Reader([row]).read({"sent": sent, "other": 1})

    assert reading.extra == {"other": 1}
    assert not (reading.fields and reading.errors)
    assert all(type(value) in {str, int, bool} for value in reading.fields.values())
    assert all(text.endswith(".") for texts in reading.errors.values() for text in texts)


@given(sent=ANYTHING, row=ROWS)
def test_a_value_that_was_taken_is_taken_again_as_it_became(sent, row):
    first = Reader([row]).read({"sent": sent})

    again = Reader([row]).read({"sent": first.fields.get(row.to)})

    if first.fields:
        assert again.fields == first.fields
