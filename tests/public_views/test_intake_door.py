"""The door of the intake API: its description, its failures, and who passes it by."""

import json
import logging
from dataclasses import replace

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import create_app
from guard import HEADERS
from models import Credential
from operations.intake_answers import REFUSALS
from public_views.intake import read_body
from public_views.openapi import document
from tests.intake import LEADS, a_key, change, lead, leads, stored, submissions


@pytest.fixture
def key(app, world):
    yield a_key(app, world.acme)
    app.extensions["intake"].direct.close()


def call(app, key, sent=None, **headers):
    return app.test_client().post(
        LEADS, json=sent or lead(), headers={"Authorization": key.header} | headers
    )


def test_the_description_is_valid():
    OpenAPIV31SpecValidator(json.loads(document("https://leads.example"))).validate()


def test_the_description_names_every_refusal_of_a_lead():
    described = json.loads(document("https://leads.example"))
    answers = described["paths"]["/api/v1/leads"]["post"]["responses"]
    codes = {
        code
        for answer in answers.values()
        for code in answer["content"]["application/json"]["schema"]
        .get("properties", {})
        .get("error", {})
        .get("enum", [])
    }

    assert codes == REFUSALS.keys() - {"not_found", "method_not_allowed"}
    assert described["servers"] == [{"url": "https://leads.example"}]


def test_anybody_may_read_the_description(anybody):
    answer = anybody.get("/api/v1/openapi.json")

    assert answer.status_code == 200
    assert answer.json["openapi"].startswith("3.1.")


@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/api/v1/nothing"])
def test_an_answer_leaves_a_terminal_at_the_beginning_of_a_line(anybody, path):
    answer, head = anybody.get(path), anybody.head(path)

    assert answer.data.endswith(b"}\n")
    assert len(answer.data) == answer.content_length == head.content_length


def test_a_database_that_is_down_is_said_and_nothing_is_stored(settings, world, key):
    nowhere = replace(settings, database_url="postgresql+psycopg://inflow@127.0.0.1:1/nowhere")
    app = create_app(nowhere)

    answer = call(app, key)

    assert (answer.status_code, answer.json["error"]) == (503, "unavailable")
    assert answer.json["request_id"].startswith("submission_")
    assert answer.headers["Retry-After"] == "5"


def test_a_failure_of_our_own_tells_nothing_and_stores_nothing(app, settings, world, key, caplog):
    broken = create_app(settings)
    broken.extensions["intake"].limits = None

    with caplog.at_level(logging.CRITICAL):
        answer = call(broken, key)
    broken.extensions["intake"].direct.close()

    assert (answer.status_code, answer.json["error"]) == (500, "internal_error")
    assert set(answer.json) == {"error", "message", "request_id"}
    assert (leads(app), submissions(app)) == ([], [])


def test_a_mapping_that_is_gone_is_a_failure_of_our_own(app, world, key, caplog):
    change(app, world.acme.source, mapping_id=world.acme.source.id)

    with caplog.at_level(logging.CRITICAL):
        answer = call(app, key)

    assert answer.status_code == 500
    assert submissions(app) == []


def test_behind_https_its_answers_say_so(settings):
    app = create_app(replace(settings, public_url="https://leads.example", secret_key="s" * 40))

    answer = app.test_client().get("/api/v1/openapi.json")

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert HEADERS.items() <= dict(answer.headers).items()


def test_a_replayed_key_whose_first_answer_is_gone_may_be_tried_again(app, world, key):
    call(app, key, **{"Idempotency-Key": "order"})
    with app.app_context():
        app.extensions["intake"].direct.write([("DELETE FROM submission", {})])

    answer = call(app, key, **{"Idempotency-Key": "order"})

    assert (answer.status_code, answer.json["error"]) == (409, "idempotency_key_in_use")


def test_a_long_content_type_is_cut(app, world, key):
    app.test_client().post(
        LEADS, data=b"{}", headers={"Authorization": key.header, "Content-Type": "x" * 300}
    )

    assert submissions(app)[0].content_type == "x" * 200


def test_of_a_server_that_ends_no_input_only_the_announced_length_is_read():
    assert read_body({"wsgi.input": None}) == b""
    assert read_body({"wsgi.input": None, "CONTENT_LENGTH": "x"}) == b""


def test_the_key_is_what_is_read_on_every_call(app, world, key):
    call(app, key)
    (credential,) = stored(app, Credential)
    change(app, credential, secret_hash="0" * 64)

    assert call(app, key).status_code == 401
