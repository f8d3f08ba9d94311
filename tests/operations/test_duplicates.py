"""Duplicates: which fields are compared, over how many days, and what has to be held meanwhile."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from models import FieldMapping, Lead, now
from operations import duplicates
from operations.mapping_fields import Field, to_json
from tests.intake import a_key, change, lead, stored, write


@pytest.fixture
def call(app, world):
    """Post a lead, and hear whether it was accepted or is a duplicate."""
    key = a_key(app, world.acme)
    client = app.test_client()

    def post(**fields):
        answer = client.post(
            "/api/v1/leads", json=lead(**fields), headers={"Authorization": key.header}
        )
        assert answer.status_code == 201, answer.text
        return answer.json["status"]

    yield post
    app.extensions["intake"].direct.close()


PHONE = "312-555-0142"


def test_all_fields_of_the_rule_must_be_the_same(app, world, call):
    assert call(phone=PHONE) == "accepted"
    assert call(phone="312-555-0199") == "accepted"
    assert call(email="eve@mail-of-leads.com", phone=PHONE) == "accepted"
    assert call() == "accepted"
    assert call() == "duplicate"
    assert call(phone=PHONE) == "duplicate"


@pytest.mark.parametrize(
    ("rule", "fields", "expected"),
    [
        (["email"], {"phone": "312-555-0199"}, "duplicate"),
        (["phone"], {"email": "eve@mail-of-leads.com"}, "duplicate"),
        (["phone"], {"phone": ""}, "accepted"),
        ([], {}, "accepted"),
        (["email", "last_name"], {}, "duplicate"),
        (["email", "last_name"], {"last_name": "Byron"}, "accepted"),
        (["last_name", "city"], {"email": "eve@mail-of-leads.com"}, "duplicate"),
        (["last_name", "city"], {"city": "Paris"}, "accepted"),
        (["first_name", "email", "phone"], {"first_name": "Adé"}, "accepted"),
    ],
)
def test_the_rule_says_what_is_compared(app, world, call, rule, fields, expected):
    change(app, world.acme.source, duplicate_fields=rule)
    call(phone=PHONE)

    assert call(**{"phone": PHONE, **fields}) == expected


def test_values_of_every_type_are_compared(app, world, call):
    rows = [Field("email", "email"), Field("age", "age"), Field("is_owner", "is_owner")]
    mapping = FieldMapping(
        tenant_id=world.acme.tenant.id, source_id=world.acme.source.id, number=1,
        fields=[row | {"type": kind} for row, kind in zip(to_json(rows), TYPES, strict=True)],
        published_at=now(),
    )  # fmt: skip
    write(app, mapping)
    change(app, world.acme.source, mapping_id=mapping.id, duplicate_fields=["age", "is_owner"])

    assert call(age=42, is_owner=True) == "accepted"
    assert call(age=42, is_owner=False) == "accepted"
    assert call(age="42", is_owner="yes") == "duplicate"


TYPES = ("text", "integer", "boolean")


def test_after_so_many_days_a_lead_is_new(app, world, call):
    change(app, world.acme.source, duplicate_days=7)
    call()
    long_ago = now() - timedelta(days=7, seconds=1)
    write(app, update(Lead).values(received_at=long_ago))

    assert [call(), call()] == ["accepted", "duplicate"]


def test_none_of_the_days_is_no_rule(app, world, call):
    change(app, world.acme.source, duplicate_days=0)

    assert [call(), call()] == ["accepted", "accepted"]


def test_a_duplicate_is_no_original(app, world, call):
    call()
    call()
    first, _ = stored(app, Lead)
    change(app, first, received_at=now() - timedelta(days=31))

    assert call() == "accepted"


def test_the_tenant_is_the_border(app, world, call):
    call()
    rival = a_key(app, world.rival)

    answer = app.test_client().post(
        "/api/v1/leads", json=lead(), headers={"Authorization": rival.header}
    )

    assert answer.json["status"] == "accepted"


def test_the_same_values_are_held_whatever_the_rule():
    fields = {"email": "Ada@mail.example", "phone": "+13125550142"}

    names = {duplicates.search(1, [one], 30, now(), fields).names for one in fields}

    assert len(names) == 1
    assert duplicates.search(2, ["email"], 30, now(), fields).names not in names


def test_without_a_value_there_is_nothing_to_compare():
    assert duplicates.search(1, ["email", "phone"], 30, now(), {}) is None
