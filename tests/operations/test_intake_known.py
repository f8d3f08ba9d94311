"""Intake of whoever called before: what is remembered is never true for longer than it is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from models import Credential, PartnerStatus, SourceStatus, across_tenants, db, now
from operations.intake_known import Known
from tests.intake import a_key, change, key_of, lead, leads, stored


@pytest.fixture
def called_before(post):
    """The server has taken a call of this credential, and may remember it."""
    assert post(lead(0)) == (201, "accepted")
    return post


@pytest.fixture
def of_a_key(app, world, post):
    """A credential whose call was taken: the key, and a way to change its row."""
    with app.app_context(), across_tenants(db.session):
        key, row = key_of(world.acme, world.acme.source)
        db.session.commit()
    assert post(lead(0), key=key) == (201, "accepted")
    return key, lambda **values: change(app, row, **values)


def test_a_credential_that_was_used_is_refused_once_revoked(app, post, of_a_key):
    key, change_it = of_a_key
    change_it(revoked_at=now())

    assert post(lead(1), key=key) == (401, "unauthorized")
    assert len(leads(app)) == 1


def test_a_credential_that_was_used_still_needs_its_secret(app, post, of_a_key):
    key, _ = of_a_key

    assert post(lead(1), key=replace(key, secret="x" * 43)) == (401, "unauthorized")
    assert len(leads(app)) == 1


def test_a_credential_that_is_in_use_expires(post, of_a_key):
    key, change_it = of_a_key
    end = now() + timedelta(seconds=0.2)
    change_it(expires_at=end)

    answers = [(now(), post(lead(1), key=key)[0])]
    while answers[-1][0] <= end:
        answers.append((now(), post(lead(1), key=key)[0]))

    assert answers[-1][1] == 401


def test_many_credentials_are_not_all_remembered(app, world):
    direct = app.extensions["intake"].direct
    known, keys = (
        Known(direct, most=2),
        [a_key(app, world.acme, last_used_at=now()) for _ in range(3)],
    )

    found = [known.find(key.header) for key in keys]
    recalled = [known.recall(key.header) for key in keys]

    assert all(found)
    assert [bool(entry) for entry in recalled] == [False, False, direct.joins_writes]
    direct.close()


@pytest.mark.parametrize(
    ("what", "values", "code"),
    [
        ("source", {"status": SourceStatus.PAUSED}, "source_paused"),
        ("source", {"deleted_at": now()}, "source_deleted"),
        ("partner", {"status": PartnerStatus.PAUSED}, "partner_paused"),
    ],
)
def test_a_source_that_closes_takes_nothing_more(app, world, called_before, what, values, code):
    change(app, getattr(world.acme, what), **values)

    assert called_before(lead(1)) == (403, code)
    assert len(leads(app)) == 1


def test_a_source_that_opens_takes_the_next_call(app, world, called_before):
    change(app, world.acme.source, status=SourceStatus.PAUSED)
    assert called_before(lead(1)) == (403, "source_paused")

    change(app, world.acme.source, status=SourceStatus.LIVE)

    assert called_before(lead(2)) == (201, "accepted")


def test_the_next_lead_is_of_the_sources_terms_as_they_are_then(app, world, called_before):
    terms = {"payout_cents": 777, "partner_id": world.acme.other_partner.id, "duplicate_days": 0}
    change(app, world.acme.source, **terms)

    assert called_before(lead(0)) == (201, "accepted")
    newest = leads(app)[-1]
    assert (newest.payout_cents, newest.partner_id) == (777, world.acme.other_partner.id)


def test_a_rejected_call_counts_once(app, world, called_before):
    change(app, world.acme.source, rate_limit=4)

    codes = [called_before({})[0] for _ in range(3)]

    assert [*codes, called_before(lead(2))[0]] == [422, 422, 422, 429]


def test_a_limit_that_was_lowered_stops_the_next_call(app, world, called_before):
    change(app, world.acme.source, rate_limit=9)
    taken = [called_before(lead(number))[0] for number in range(1, 4)]
    change(app, world.acme.source, rate_limit=2)

    assert [*taken, called_before(lead(4))[0]] == [201, 201, 201, 429]


def test_calls_with_a_revoked_key_leave_the_limit_to_the_others(app, world, post, of_a_key):
    """Else whoever found a key that was revoked could use up what the source may send."""
    key, change_it = of_a_key
    change_it(revoked_at=now())
    change(app, world.acme.source, rate_limit=4)

    refused = [post(lead(number), key=key)[0] for number in range(5)]

    assert refused == [401] * 5
    assert post(lead(9)) == (201, "accepted")


def test_a_call_that_is_refused_is_no_use_of_its_key(app, post, of_a_key):
    key, change_it = of_a_key
    long_ago = now() - timedelta(hours=2)
    change_it(revoked_at=now(), last_used_at=long_ago)

    assert post(lead(1), key=key) == (401, "unauthorized")
    used = select(Credential.last_used_at).where(Credential.key == key.key)
    assert stored(app, used) == [long_ago]
