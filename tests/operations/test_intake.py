"""Intake, rule by rule; tests/public_views/test_intake.py holds the same over a real socket."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from models import (
    CredentialKind,
    FieldMapping,
    IdempotencyKey,
    LeadState,
    PartnerStatus,
    SourceStatus,
    across_tenants,
    db,
    now,
)
from operations.intake_answers import LARGEST_BODY
from operations.mapping_fields import Field, to_json
from tests.intake import LEADS, a_key, change, lead, leads, submissions, write


@pytest.mark.parametrize(
    ("what", "values", "code"),
    [
        ("source", {"status": SourceStatus.PAUSED}, "source_paused"),
        ("source", {"deleted_at": now()}, "source_deleted"),
        ("partner", {"status": PartnerStatus.PAUSED}, "partner_paused"),
        ("partner", {"status": PartnerStatus.ARCHIVED}, "partner_archived"),
    ],
)
def test_a_closed_source_takes_nothing(app, world, post, what, values, code):
    change(app, getattr(world.acme, what), **values)

    assert post() == (403, code)


def test_only_the_sources_own_partner_may_be_named(world, post):
    assert post(X_Partner_Id=world.acme.partner.public_id) == (201, "accepted")
    assert post(X_Partner_Id=world.acme.other_partner.public_id) == (403, "partner_mismatch")


def test_a_token_is_the_key_and_its_secret(app, world, post):
    assert post(key=a_key(app, world.acme, kind=CredentialKind.BEARER)) == (201, "accepted")


@pytest.mark.parametrize("header", ["", "Basic ?", "Basic bm8=", "Bearer x", "Basic bm86bm8="])
def test_what_is_no_credential_opens_nothing(app, post, header):
    assert post(Authorization=header) == (401, "unauthorized")
    assert submissions(app) == []


def test_a_wrong_secret_opens_nothing(app, world, post):
    assert post(key=a_key(app, world.acme, revoked_at=now())) == (401, "unauthorized")


def test_too_much_and_of_the_wrong_type(app, post):
    assert post(b"x" * (LARGEST_BODY + 1)) == (413, "body_too_large")
    assert post(content_type="text/plain") == (415, "unsupported_media_type")
    assert post(b"[]") == (400, "malformed_body")
    assert post(b"a=1&a=2", content_type="application/x-www-form-urlencoded")[0] == 400
    assert post(json.dumps({f"f{n}": n for n in range(201)}).encode())[0] == 400
    assert post(b'{"a": 1e999}') == (400, "malformed_body")
    assert post(b'{"a": NaN}') == (400, "malformed_body")
    assert len(submissions(app)[0].body) == LARGEST_BODY


def test_over_its_limit_a_source_waits(app, world, post):
    change(app, world.acme.source, rate_limit=2)

    assert [post()[0] for _ in range(3)] == [201, 201, 429]


def test_a_published_mapping_is_read_once_and_its_source_every_time(app, world, post):
    row = to_json([Field("mail", "email")])
    mappings = [
        FieldMapping(
            tenant_id=world.acme.tenant.id, source_id=world.acme.source.id,
            number=number, published_at=now(), fields=[row[0] | {"required": is_required}],
        )
        for number, is_required in ((1, True), (2, False))
    ]  # fmt: skip
    for mapping in mappings:
        write(app, mapping)

    change(app, world.acme.source, mapping_id=mappings[0].id)
    first = [post({}), post({})]
    change(app, world.acme.source, mapping_id=mappings[1].id)

    assert first == [(422, "validation_failed")] * 2
    assert post({}) == (201, "accepted")


def test_a_test_gets_the_outcome_it_asks_for(app, world, post):
    change(app, world.acme.source, status=SourceStatus.TEST)

    assert post(lead(email="duplicate@example.com")) == (201, "duplicate")
    assert post(lead(email="reject@example.com")) == (422, "validation_failed")
    assert [row.is_test for row in leads(app)] == [True]


def test_one_key_is_one_call(app, post):
    assert post(lead(1), Idempotency_Key="order") == (201, "accepted")
    assert post(lead(1), Idempotency_Key="order") == (201, "accepted")
    assert post(lead(2), Idempotency_Key="order") == (422, "idempotency_key_reused")
    assert len(leads(app)) == 1


def test_a_call_whose_first_is_still_running(app, post):
    post(Idempotency_Key="order")
    with app.app_context(), across_tenants(db.session), ThreadPoolExecutor(1) as pool:
        db.session.delete(db.session.query(IdempotencyKey).one())
        db.session.flush()  # held until this transaction ends
        second = pool.submit(post, Idempotency_Key="order")
        if db.engine.dialect.name == "postgresql":
            assert second.result() == (409, "idempotency_key_in_use")
        db.session.rollback()

    assert second.result()[0] in {201, 409}
    assert len(leads(app)) == 1


def test_the_state_of_a_lead(app, world, post):
    post()
    (row,) = leads(app)
    key = a_key(app, world.acme)

    def ask(name, header=key.header):
        answer = app.test_client().get(f"{LEADS}/{name}", headers={"Authorization": header})
        return answer.json.get("status", answer.json.get("error"))

    assert ask(row.public_id) == "accepted"
    change(app, row, state=LeadState.RETURNED)
    assert ask(row.public_id) == "returned"
    change(app, world.acme.partner, show_returned=False)
    assert ask(row.public_id) == "accepted"
    assert ask(row.public_id, "") == "unauthorized"
    assert ask("lead_x") == "not_found"
    assert ask(row.public_id, a_key(app, world.rival).header) == "not_found"
