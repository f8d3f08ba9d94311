"""Intake when everything happens at once, and when everything dies: over two workers.

A few rounds in the suite; `INFLOW_ROUNDS=20 INFLOW_CALLS=2000 INFLOW_CRASHES=20` runs more.
"""

import http.client
import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from threading import Event

import pytest

from models import IdempotencyKey, LeadState, Outcome, across_tenants, db
from tests.intake import Line, a_key, change, lead, leads, post, submissions
from tests.parallel import all_at_once, at_once
from tests.ports import free_port
from tests.servers import (
    GUNICORN,
    ROUNDS,
    WORKERS,
    Site,
    children_of,
    environment_of,
    is_answering,
    running,
    serving,
    wait_until,
)

CROWD = 20
CALLS = int(os.environ.get("INFLOW_CALLS", "200"))
CRASHES = int(os.environ.get("INFLOW_CRASHES", "2"))
SENDERS = 8
#: So many leads are acknowledged before everything is killed.
BEFORE_THE_END = 40
rounds = pytest.mark.parametrize("number", range(ROUNDS), ids=lambda n: f"round-{n + 1}")


@pytest.fixture(scope="module")
def site(app, settings, tmp_path_factory):
    with serving(replace(settings, instance=tmp_path_factory.mktemp("intake"))) as site:
        yield site


@pytest.fixture
def key(app, world):
    return a_key(app, world.acme)


@rounds
def test_twenty_calls_with_one_idempotency_key_make_one_lead(app, site, key, number):
    said = at_once(CROWD, lambda: post(site, key, lead(), Idempotency_Key="order"))

    (row,) = leads(app)
    assert {one.status for one in said} <= {201, 409}
    assert {one.json["lead_id"] for one in said if one.status == 201} == {row.public_id}
    assert Counter(one.outcome for one in submissions(app)) == {
        Outcome.ACCEPTED: 1,
        Outcome.REPEATED: CROWD - 1,
    }


@rounds
def test_twenty_identical_leads_make_one_original(app, site, key, number):
    said = at_once(CROWD, lambda: post(site, key, lead(phone="312-555-0142")))

    assert Counter(one.json["status"] for one in said) == {"accepted": 1, "duplicate": CROWD - 1}
    (original,) = [one for one in leads(app) if one.state == LeadState.ACCEPTED]
    repeats = [one for one in leads(app) if one.state == LeadState.DUPLICATE]
    assert {one.duplicate_of_id for one in repeats} == {original.id}


def test_sources_with_different_rules_agree_on_one_original(app, world, site):
    change(app, world.acme.source, duplicate_fields=["email"])
    change(app, world.acme.other_source, duplicate_fields=["phone"])
    keys = [a_key(app, world.acme, one) for one in (world.acme.source, world.acme.other_source)]

    said = all_at_once(
        [partial(post, site, keys[n % 2], lead(phone="312-555-0142")) for n in range(CROWD)]
    )

    assert Counter(one.json["status"] for one in said)["accepted"] == 1


def test_while_the_first_is_still_running_the_second_hears_so(app, world, site, key):
    post(site, key, lead(1), Idempotency_Key="before")  # so that its hash can be taken over
    with app.app_context(), across_tenants(db.session), ThreadPoolExecutor(1) as pool:
        is_patient = db.engine.dialect.name == "sqlite"
        first = db.session.query(IdempotencyKey).one()
        db.session.delete(first)
        db.session.flush()  # the row is held until this transaction ends
        second = pool.submit(post, site, key, lead(1), Idempotency_Key="before")
        status = None if is_patient else second.result().status
        db.session.rollback()
        said = second.result()

    # SQLite lets writers wait for each other, and the second then sees what the first did.
    assert (status or 409, said.status) == (409, 201 if is_patient else 409)
    if not is_patient:
        assert said.headers["Retry-After"] == "1"
        assert submissions(app)[1].outcome == Outcome.REPEATED


def test_the_calls_of_two_tenants_never_mix(app, world, site):
    sides = [
        (side, source, a_key(app, side, source))
        for side in (world.acme, world.rival)
        for source in (side.source, side.other_source, side.free_source)
    ]
    for _, source, _ in sides:
        change(app, source, rate_limit=0)

    def send(sender):
        with Line(site) as line:
            return [
                (n, line.post(sides[n % len(sides)][2], lead(n)))
                for n in range(sender, CALLS, SENDERS)
            ]

    with ThreadPoolExecutor(SENDERS) as pool:
        said = dict(answer for answers in pool.map(send, range(SENDERS)) for answer in answers)

    kept = {row.public_id: row for row in leads(app)}
    assert len(kept) == len(said) == CALLS
    for number, answer in said.items():
        side, source, _ = sides[number % len(sides)]
        row = kept[answer.json["lead_id"]]
        whose = (row.tenant_id, row.source_id, row.partner_id, row.email)
        assert whose == (side.tenant.id, source.id, source.partner_id, lead(number)["email"])


def test_what_was_acknowledged_outlives_a_crash(app, world, settings, tmp_path):
    key = a_key(app, world.acme)
    change(app, world.acme.source, rate_limit=0)
    acknowledged = []

    for crash in range(CRASHES):
        acknowledged += sent_until_killed(replace(settings, instance=tmp_path), key, crash)

    kept = {row.public_id: row for row in leads(app)}
    submitted = {row.id: row for row in submissions(app)}
    assert len(acknowledged) >= CRASHES * BEFORE_THE_END
    assert set(acknowledged) <= set(kept)
    assert {row.id for row in kept.values()} == set(submitted)
    assert {row.outcome for row in submitted.values()} == {Outcome.ACCEPTED}


def sent_until_killed(settings, key, crash):
    """Kill the server and all its workers under load; give back which leads it said it had."""
    site, acknowledged, over = Site(free_port()), [], Event()
    environment = environment_of(settings, site)
    with (
        running(GUNICORN, environment, settings.instance / "gunicorn.log") as server,
        ThreadPoolExecutor(SENDERS) as pool,
    ):
        wait_until(lambda: is_answering(site, server), "the web server answers")
        wait_until(lambda: len(children_of(server.pid)) >= WORKERS, "both its workers run")
        for sender in range(SENDERS):
            pool.submit(keep_sending, site, key, f"{crash}-{sender}", acknowledged, over)
        wait_until(lambda: len(acknowledged) >= BEFORE_THE_END, "leads are taken")
        for pid in [server.pid, *map(int, children_of(server.pid))]:
            os.kill(pid, signal.SIGKILL)
        over.set()
    return acknowledged


def keep_sending(site, key, sender, acknowledged, over):
    """Post leads until the server is gone, and note which it said it had."""
    number = 0
    with suppress(OSError, http.client.HTTPException), Line(site) as line:
        while not over.is_set():
            number += 1
            said = line.post(key, lead(f"{sender}-{number}"))
            assert said.status == 201
            acknowledged.append(said.json["lead_id"])
