"""Intake over a connection that is dead without having said so: taken all the same, and once."""

import json

import pytest
from sqlalchemy import make_url, text

from models import across_tenants, db, now
from models.direct import direct
from operations.intake import Call, Intake
from operations.intake_limits import Limits
from tests.intake import a_key, lead, submissions
from tests.wire import Wire

END_ITS_CONNECTIONS = text("""
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE application_name = 'over_the_wire' AND datname = current_database()
""")


@pytest.fixture
def wire(settings):
    wire = Wire(make_url(settings.database_url).port)
    yield wire
    wire.stop()


@pytest.fixture
def post(app, world, settings, wire):
    """Post a lead over the wire, with a credential that was just used."""
    url = make_url(settings.database_url).set(host="127.0.0.1", port=wire.port)
    url = url.update_query_dict({"application_name": "over_the_wire"})
    intake = Intake(direct(url.render_as_string(hide_password=False)), Limits())
    header = a_key(app, world.acme, last_used_at=now()).header

    def call(sent):
        body = json.dumps(sent).encode()
        answer = intake.receive(Call(header, "", "application/json", "", "", lambda: body))
        return answer.status, named_in(answer.body)

    yield call
    intake.direct.close()


def end_its_connections(app):
    with app.app_context(), across_tenants(db.session):
        assert list(db.session.scalars(END_ITS_CONNECTIONS)) == [True]
        db.session.commit()


@pytest.mark.parametrize("sent", [lead(1), {}], ids=["remembered", "looked up"])
def test_a_call_over_a_dead_connection_is_stored(app, post, wire, sent):
    post(lead(0))
    wire.fall_silent()
    end_its_connections(app)

    said = post(sent)

    _, row = submissions(app)
    assert said == (row.status, named_in(row.answer))


#: Whose credential is remembered asks once; others ask whose it is before.
@pytest.mark.parametrize(
    ("sent", "answers_before"), [(lead(1), 0), ({}, 1)], ids=["remembered", "looked up"]
)
def test_a_call_whose_answer_was_lost_is_stored_once(app, post, wire, sent, answers_before):
    post(lead(0))
    wire.answers_left = answers_before

    said = post(sent)

    _, row = submissions(app)
    assert wire.answers_left is None
    assert said == (row.status, named_in(row.answer))


def named_in(answer):
    """A lead is named by its own identifier, another answer by its request's."""
    said = json.loads(answer)
    return said.get("lead_id") or said["request_id"]
