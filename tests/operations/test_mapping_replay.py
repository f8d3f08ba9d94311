"""Replay: which of the rejected calls a draft would let pass."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from models import AuditEvent, Job, JobState, Outcome, Scope, Submission, db, enter, now
from models.base import first_id, new_id
from operations import background, mapping_drafts, mapping_replay
from operations.intake import REJECT_ON_PURPOSE, REJECTED_ON_PURPOSE
from operations.mapping_drafts import Seen
from operations.mapping_fields import Field, Type
from operations.refusal import Forbidden, Refusal

DRAFT = [Field("mail", "email", Type.EMAIL, required=True), Field("age", "age", Type.INTEGER)]
FORM = "application/x-www-form-urlencoded"


def here(row):
    return db.session.get_one(type(row), (row.tenant_id, row.id))


def reject(source, body, **values):
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    row = {
        "id": new_id(),
        "tenant_id": source.tenant_id,
        "seq": 1,
        "source_id": source.id,
        "credential_id": new_id(),
        "day": now().date(),
        "content_type": "application/json",
        "body": sent,
        "outcome": Outcome.REJECTED,
        "status": 422,
        "answer": "{}",
        "error": "validation_failed",
    }
    db.session.add(Submission(**row | values))


def replayed(app, world, inside, *calls, **values):
    """Draft, store the calls, ask, let the worker do it, and give the job back."""
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        mapping_drafts.save(actor, source, Seen(1, 0), DRAFT)
        for call in calls:
            reject(source, call, **values)
        db.session.flush()
        key = background.key_of(mapping_replay.ask(actor, source))
        db.session.commit()
    with app.app_context():
        background.run(key, {mapping_replay.KIND: mapping_replay.replay_step})
        enter(db.session, Scope(key[0]))
        return db.session.scalars(select(Job).where(Job.id == key[1])).one()


def test_a_test_that_is_rejected_on_purpose_stays_so_under_the_name_that_was_sent(
    app, world, inside
):
    job = replayed(app, world, inside, {"mail": REJECT_ON_PURPOSE}, is_test=True)

    assert mapping_replay.reasons(job) == [("mail", REJECTED_ON_PURPOSE, 1)]


def test_it_counts_what_would_pass_and_why_the_rest_would_not(app, world, inside):
    job = replayed(
        app,
        world,
        inside,
        {"mail": "ann@example.com"},
        {"mail": "ann@example.com", "age": 30},
        {"mail": "ann"},
        {"age": "old"},
        {"age": "young"},
        b"\xff",
    )

    assert job.state is JobState.DONE
    assert (job.done, job.total) == (6, 6)
    assert job.result == {"Would now pass": 2, "Would still be rejected": 4}
    found = {(name, number) for name, _, number in mapping_replay.reasons(job)}
    assert found == {("mail", 1), ("mail", 2), ("age", 2), ("the whole body", 1)}


def test_it_reads_on_step_by_step(app, world, inside, monkeypatch):
    monkeypatch.setattr(mapping_replay, "A_STEP", 2)

    job = replayed(app, world, inside, *[{"mail": f"ann{n}@example.com"} for n in range(4)])

    assert (job.done, job.result["Would now pass"]) == (4, 4)


def test_forms_are_replayed_as_forms(app, world, inside):
    job = replayed(app, world, inside, b"mail=ann%40example.com&age=3", content_type=FORM)

    assert job.result["Would now pass"] == 1


def test_the_test_address_that_is_always_rejected_stays_so(app, world, inside):
    job = replayed(app, world, inside, {"mail": "Reject@example.com"}, is_test=True)

    assert job.result["Would now pass"] == 0


def test_only_what_the_fields_caused_is_replayed(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        mapping_drafts.save(actor, source, Seen(1, 0), DRAFT)
        reject(source, {}, error="source_paused")
        reject(source, {}, outcome=Outcome.ACCEPTED, error="")
        reject(source, {}, id=first_id((now() - timedelta(days=31)).timestamp()))
        reject(here(world.acme.other_source), {})
        db.session.flush()

        with pytest.raises(Refusal, match="No call of the last 30 days"):
            mapping_replay.ask(actor, source)


def test_without_a_draft_there_is_nothing_to_hold_calls_against(world, inside):
    with inside(world.acme) as actor, pytest.raises(Refusal, match="no draft"):
        mapping_replay.ask(actor, here(world.acme.source))


def test_it_needs_the_permission_to_edit(world, inside):
    with inside(world.acme, world.acme.sales) as actor, pytest.raises(Forbidden):
        mapping_replay.ask(actor, here(world.acme.source))


def test_the_newest_replay_is_found_and_history_says_who_asked(app, world, inside):
    job = replayed(app, world, inside, {"mail": "ann@example.com"})

    with inside(world.acme):
        assert mapping_replay.latest(here(world.acme.source)).id == job.id
        assert mapping_replay.latest(here(world.acme.other_source)) is None
        event = db.session.scalars(
            select(AuditEvent).where(AuditEvent.kind == "mapping.replayed")
        ).one()
        assert event.after == {"calls": 1}
