"""The page behind a specification's link: always current, without a secret, dead when it ended."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from models import Source, SpecificationLink, db, now
from operations.sessions import fingerprint
from tests.keys import SECRET, credential_of, link_of


@pytest.fixture
def token(stored, world):
    made = f"{world.acme.tenant.code}.a-token"
    stored(lambda: link_of(world.acme, token_hash=fingerprint(made)))
    stored(lambda: credential_of(world.acme))
    return made


def test_whoever_holds_the_link_reads_it_without_signing_in(world, anybody, token):
    answer = anybody.get(f"/specs/{token}")

    assert answer.status_code == 200
    assert "acme-source" in answer.text
    assert "acme-tenant" in answer.text
    assert "inf_live_" in answer.text
    assert "http://localhost/api/v1/leads" in answer.text
    assert SECRET not in answer.text
    for hidden in ("rival-", "acme-partner", "-notes", "acme-admin"):
        assert hidden not in answer.text


def test_nobody_keeps_it_and_nobody_finds_it(world, anybody, token):
    answer = anybody.get(f"/specs/{token}")

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex, nofollow">' in answer.text


def test_it_only_reads(world, anybody, token):
    assert anybody.post(f"/specs/{token}").status_code == 405
    assert anybody.head(f"/specs/{token}").status_code == 200


def test_it_shows_the_source_as_it_is_now(stored, world, anybody, token):
    def rename():
        side = world.acme
        db.session.get(Source, (side.tenant.id, side.source.id)).name = "acme-renamed"

    stored(rename)

    assert "acme-renamed" in anybody.get(f"/specs/{token}").text


def test_somebody_of_another_tenant_may_hold_it_too(world, sign_in, token):
    client = sign_in(world.rival.admin)

    answer = client.get(f"/specs/{token}")

    assert "acme-source" in answer.text
    assert "rival-" not in answer.text
    assert client.get("/admin/").status_code == 200


def test_an_expired_link_says_so(world, anybody, token):
    with time_machine.travel(now() + timedelta(days=8)):
        answer = anybody.get(f"/specs/{token}")

    assert answer.status_code == 410
    assert "This link has expired" in answer.text
    assert "This one stopped working on" in answer.text
    assert "acme-source" not in answer.text


def test_a_revoked_link_says_so(stored, world, anybody, token):
    stored(
        lambda: setattr(db.session.scalars(select(SpecificationLink)).one(), "revoked_at", now())
    )

    answer = anybody.get(f"/specs/{token}")

    assert answer.status_code == 410
    assert "This link was withdrawn" in answer.text
    assert "acme-source" not in answer.text


@pytest.mark.parametrize("wrong", ["x", "0000.x", "%20", "{code}.x"])
def test_an_unknown_link_gets_words_that_fit_every_case(world, anybody, wrong):
    answer = anybody.get(f"/specs/{wrong.format(code=world.acme.tenant.code)}")

    assert answer.status_code == 410
    assert "This link does not work" in answer.text
