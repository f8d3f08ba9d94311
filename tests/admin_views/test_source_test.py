"""The console sends a test lead through the real door and shows the real answer."""

import json
import re
from html import unescape

import pytest
import time_machine
from sqlalchemy import select

from models import (
    AuditEvent,
    Credential,
    FieldMapping,
    Lead,
    Source,
    SourceStatus,
    Submission,
    across_tenants,
    db,
    now,
)
from operations.mapping_fields import Field, to_json

PANELS = pytest.mark.parametrize("panel", ["admin", "partner"])
PAYLOAD = re.compile(r"<textarea[^>]*>(.*?)</textarea>", re.DOTALL)


def page(side, panel="admin", what=""):
    return f"/{panel}/sources/{side.source.public_id}/test/{what}"


def browser(sign_in, side, panel):
    return sign_in(side.sales if panel == "admin" else side.partner_user)


def payload(text):
    return unescape(PAYLOAD.findall(text)[0]).strip()


@pytest.fixture
def rows(app):
    def read(model):
        with app.app_context(), across_tenants(db.session):
            return list(db.session.scalars(select(model)))

    return read


@pytest.fixture
def change(app):
    def store(row, **values):
        with app.app_context(), across_tenants(db.session):
            found = db.session.get(type(row), (row.tenant_id, row.id))
            for name, value in values.items():
                setattr(found, name, value)
            db.session.commit()

    return store


@PANELS
def test_a_test_lead_is_taken_and_counts_nowhere(world, sign_in, rows, panel):
    client = browser(sign_in, world.acme, panel)
    offered = payload(client.get(page(world.acme, panel)).text)

    answer = client.post(page(world.acme, panel), data={"payload": offered})

    [lead], [submission] = rows(Lead), rows(Submission)
    assert answer.status_code == 200
    assert ">201 Created<" in answer.text
    assert "application/json" in answer.text
    assert lead.public_id in unescape(answer.text)
    assert lead.is_test
    assert submission.is_test
    assert lead.source_id == world.acme.source.id
    assert submission.partner_id == world.acme.partner.id
    assert payload(answer.text) == offered
    assert f'<a href="/{panel}/leads/{lead.public_id}/">Open the lead</a>' in answer.text


@PANELS
def test_a_test_that_was_rejected_leads_to_its_call(world, sign_in, rows, panel):
    client = browser(sign_in, world.acme, panel)

    answer = client.post(page(world.acme, panel), data={"payload": "{}"})

    [call] = rows(Submission)
    link = f'<a href="/{panel}/submissions/{call.public_id}/">Open the call</a>'
    assert link in answer.text
    assert client.get(f"/{panel}/submissions/{call.public_id}/").status_code == 200


@pytest.mark.parametrize(("panel", "address"), [("admin", ""), ("partner", "203.0.113.9")])
def test_partner_people_do_not_learn_where_staff_test_from(world, sign_in, rows, panel, address):
    client = browser(sign_in, world.acme, panel)
    client.environ_base["REMOTE_ADDR"] = "203.0.113.9"

    client.post(page(world.acme, panel), data={"payload": "{}"})

    assert [row.address for row in rows(Submission)] == [address]
    tested = [row for row in rows(AuditEvent) if row.kind == "source.tested"]
    assert [row.address for row in tested] == ["203.0.113.9"]


@pytest.mark.parametrize(
    ("outcome", "status", "said"),
    [("duplicate", "201", '"status": "duplicate"'), ("rejected", "422", "validation_failed")],
)
def test_each_outcome_can_be_tried(world, sign_in, outcome, status, said):
    client = sign_in(world.acme.admin)
    offered = payload(client.get(page(world.acme, what=f"?outcome={outcome}")).text)

    answer = client.post(page(world.acme), data={"payload": offered})

    text = unescape(answer.text)
    assert f">{status} " in text
    assert said in text


def test_what_the_mapping_cannot_take_is_explained(world, sign_in):
    form = {"payload": json.dumps({"first_name": "Ada"})}

    text = unescape(sign_in(world.acme.admin).post(page(world.acme), data=form).text)

    assert ">422 " in text
    assert '"last_name": [\n      "Required, and not sent."' in text


def test_text_that_is_no_payload_is_explained_too(world, sign_in):
    text = sign_in(world.acme.admin).post(page(world.acme), data={"payload": "{"}).text

    assert ">400 " in text
    assert "malformed_body" in text


def test_a_paused_source_answers_as_it_would_answer_anybody(world, sign_in, change):
    change(world.acme.source, status=SourceStatus.PAUSED)

    text = sign_in(world.acme.admin).post(page(world.acme), data={"payload": "{}"}).text

    assert ">403 " in text
    assert "source_paused" in text


def test_its_credential_ends_after_a_minute_and_is_on_no_list(world, sign_in, rows):
    client = sign_in(world.acme.admin)

    client.post(page(world.acme), data={"payload": "{}"})

    [credential] = rows(Credential)
    assert (credential.expires_at - now()).total_seconds() <= 60
    assert "Console" not in client.get(page(world.acme, what="../credentials/")).text
    assert [event.kind for event in rows(AuditEvent) if event.kind != "session.began"] == [
        "source.tested"
    ]


def test_the_page_stays_the_callers_own(world, sign_in):
    """The inner call has a session and a scope of its own."""
    text = sign_in(world.acme.partner_user).post(page(world.acme, "partner")).text

    assert "acme-partner" in text
    assert "acme-other" not in text


def test_a_deleted_source_takes_none(world, sign_in, change, rows):
    change(world.acme.source, deleted_at=now())

    answer = sign_in(world.acme.admin).post(page(world.acme), data={"payload": "{}"})

    assert answer.status_code == 404
    assert rows(Submission) == []


def test_a_mapping_without_an_address_offers_no_outcomes(app, world, sign_in, change):
    with app.app_context(), across_tenants(db.session):
        mapping = FieldMapping(
            tenant_id=world.acme.tenant.id,
            source_id=world.acme.source.id,
            number=1,
            fields=to_json([Field("x", "own_x")]),
            published_at=now(),
        )
        db.session.add(mapping)
        db.session.flush()
        db.session.get(Source, (mapping.tenant_id, mapping.source_id)).mapping_id = mapping.id
        db.session.commit()

    text = sign_in(world.acme.admin).get(page(world.acme, what="?outcome=rejected")).text

    assert "Fill in one that is" not in text
    assert json.loads(payload(text)) == {"x": "Some text"}


def test_validation_staff_have_no_console(world, sign_in):
    assert sign_in(world.acme.validation).get(page(world.acme)).status_code == 403


def test_nothing_is_stored_where_nobody_sent_anything(world, sign_in, rows):
    sign_in(world.acme.admin).get(page(world.acme))

    assert rows(Submission) == []
    assert rows(Credential) == []


def test_the_lead_that_is_filled_in_repeats_none_of_another_source(world, sign_in, change, rows):
    """Two sources of one tenant: what one is tested with is no duplicate for the other."""
    answers = []
    for source in (world.acme.source, world.acme.other_source):
        person = sign_in(world.acme.admin)
        address = f"/admin/sources/{source.public_id}/test/"
        answers.append(person.post(address, data={"payload": payload(person.get(address).text)}))

    assert all('"status": "accepted"' in unescape(answer.text) for answer in answers)
    assert len({(lead.email, lead.phone) for lead in rows(Lead)}) == 2


def test_the_lead_that_is_filled_in_is_another_one_a_moment_later(world, sign_in):
    texts = []
    for moment in ("2026-11-20 12:00:00", "2026-11-20 12:00:01"):
        with time_machine.travel(moment, tick=False):
            texts.append(payload(browser(sign_in, world.acme, "admin").get(page(world.acme)).text))

    assert texts[0] != texts[1]
