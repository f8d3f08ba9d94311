"""The intake API's answers, each over a real socket and two workers, and what each leaves."""

import http.client
import json
import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from models import (
    Credential,
    CredentialKind,
    FieldMapping,
    IdempotencyKey,
    LeadState,
    Outcome,
    PartnerStatus,
    SourceStatus,
    now,
)
from models.base import public_id
from operations.intake_answers import LARGEST_BODY
from operations.mapping_fields import Field, Type, to_json
from tests.intake import (
    LEADS,
    Key,
    Line,
    a_key,
    change,
    closing_line,
    lead,
    leads,
    post,
    stored,
    submissions,
    write,
)
from tests.servers import HOST, serving

MUDDLED = ("Basic", "Basic ?", "Basic /w==", "Bearer", "Digest x", "\xff", "Basic bm8=")
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def site(app, settings, tmp_path_factory):
    with serving(replace(settings, instance=tmp_path_factory.mktemp("intake"))) as site:
        yield site


@pytest.fixture
def key(app, world):
    return a_key(app, world.acme)


def test_a_lead_is_taken(app, world, site, key):
    said = post(site, key, lead(phone="312-555-0142", campaign="spring"))

    (row,), (submission,) = leads(app), submissions(app)
    assert said.status == 201
    assert said.json == {"lead_id": row.public_id, "status": "accepted", "test": False}
    assert (row.state, row.is_test, row.payout_cents) == (LeadState.ACCEPTED, False, 0)
    assert (row.email, row.phone) == ("ada@mail-of-leads.com", "+13125550142")
    assert row.fields["first_name"] == "Ada"
    assert row.extra == {"campaign": "spring"}
    assert (row.source_id, row.partner_id) == (world.acme.source.id, world.acme.partner.id)
    assert (submission.id, submission.outcome, submission.status) == (row.id, "accepted", 201)
    assert (submission.partner_id, submission.day) == (row.partner_id, row.day)
    assert json.loads(submission.answer) == said.json
    assert json.loads(submission.body) == lead(phone="312-555-0142", campaign="spring")
    assert (submission.address, submission.content_type) == (HOST, "application/json")


def test_a_form_is_taken_too(app, site, key):
    body = b"first_name=Ad%C3%A9&last_name=Lovelace&email=ada%40mail-of-leads.com&extra="

    said = post(site, key, body, Content_Type=f"{FORM}; charset=UTF-8")

    assert said.status == 201
    assert leads(app)[0].fields["first_name"] == "Adé"
    assert leads(app)[0].extra == {"extra": ""}


def test_a_bearer_token_opens_as_well(app, world, site):
    token = a_key(app, world.acme, kind=CredentialKind.BEARER)

    assert post(site, token, lead()).status == 201
    assert post(site, replace(token, kind=CredentialKind.BASIC), lead()).status == 401


def test_an_accepted_lead_is_owed_what_the_source_pays(app, world, site, key):
    change(app, world.acme.source, payout_cents=1250)

    post(site, key, lead())
    post(site, key, lead())

    assert [row.payout_cents for row in leads(app)] == [1250, 0]
    assert [row.payout_cents for row in submissions(app)] == [1250, 0]


def test_the_same_lead_again_is_a_duplicate(app, site, key):
    first = post(site, key, lead(phone="+1 312 555 0142"))
    second = post(site, key, lead(email="ADA@mail-of-leads.com", phone="(312) 555-0142"))

    original, repeat = leads(app)
    assert second.status == 201
    assert second.json == {"lead_id": repeat.public_id, "status": "duplicate", "test": False}
    assert first.json["lead_id"] != second.json["lead_id"]
    assert (repeat.state, repeat.duplicate_of_id) == (LeadState.DUPLICATE, original.id)
    assert [row.outcome for row in submissions(app)] == [Outcome.ACCEPTED, Outcome.DUPLICATE]


def test_all_fields_at_fault_are_named_at_once(app, site, key):
    said = post(site, key, {"email": "nobody", "phone": "12"})

    (submission,) = submissions(app)
    assert (said.status, said.error) == (422, "validation_failed")
    assert set(said.json["fields"]) == {"first_name", "last_name", "email", "phone"}
    assert said.json["request_id"] == submission.public_id
    assert (submission.outcome, submission.error) == (Outcome.REJECTED, "validation_failed")
    assert submission.errors == said.json["fields"]
    assert leads(app) == []


def test_a_published_mapping_names_the_incoming_fields(app, world, site, key):
    rows = [Field("e_mail", "email", Type.EMAIL, required=True), Field("zip", "postal_code")]
    mapping = FieldMapping(
        tenant_id=world.acme.tenant.id,
        source_id=world.acme.source.id,
        number=1,
        fields=to_json(rows),
        published_at=now(),
    )
    write(app, mapping)
    change(app, world.acme.source, mapping_id=mapping.id)

    wrong = post(site, key, {"zip": "60601"})
    right = post(site, key, {"e_mail": "ada@mail-of-leads.com", "zip": "60601"})

    assert set(wrong.json["fields"]) == {"e_mail"}
    assert right.status == 201
    assert leads(app)[0].fields == {"email": "ada@mail-of-leads.com", "postal_code": "60601"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[1]", "application/json"),
        (b'"text"', "application/json"),
        (b'{"email": "\xff"}', "application/json"),
        (b'{"a": 1, "a": 2}', "application/json"),
        (b'{"a": NaN}', "application/json"),
        (b'{"a": -Infinity}', "application/json"),
        (b'{"a": 1e999}', "application/json"),
        (b'{"a": "\\u0000"}', "application/json"),
        (b'{"\\ud800": 1}', "application/json"),
        (b'{"a": ' + b"[" * 9 + b"]" * 9 + b"}", "application/json"),
        (b'{"a": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", "application/json"),
        (json.dumps({f"f{n}": n for n in range(201)}).encode(), "application/json"),
        (b"a=1&a=2", FORM),
        (b"a=%ff", FORM),
        (b"a=%00", FORM),
        (b"&".join(b"f%d=1" % n for n in range(201)), FORM),
    ],
)
def test_what_is_no_object_is_malformed(app, site, key, body, content_type):
    said = post(site, key, body, Content_Type=content_type)

    (submission,) = submissions(app)
    assert (said.status, said.error) == (400, "malformed_body")
    assert (submission.outcome, submission.error) == (Outcome.REJECTED, "malformed_body")
    assert (submission.body, submission.public_id) == (body, said.json["request_id"])


def test_no_credential_and_every_dead_one_get_the_same_answer(app, world, site, key):
    acme = world.acme
    dead = [
        None,
        Key("inf_live_nobody_123456789012", key.secret),
        replace(key, secret="wrong"),
        replace(key, secret=""),
        replace(key, key="no key at all"),
        replace(key, kind=CredentialKind.BEARER),
        a_key(app, acme, revoked_at=now()),
        a_key(app, acme, expires_at=now() - timedelta(seconds=1)),
        a_key(app, acme, closes_at=now() - timedelta(seconds=1)),
    ]
    said = [post(site, one, lead()) for one in dead]
    with Line(site) as line:
        said += [line.ask("POST", LEADS, None, b"{}", {"Authorization": one}) for one in MUDDLED]

    for one in said:
        one.json.pop("request_id")
        assert one.json == said[0].json
        assert (one.status, one.error) == (401, "unauthorized")
        assert one.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert submissions(app) == []


def test_a_credential_works_until_it_ends(app, world, site):
    later = now() + timedelta(minutes=1)
    key = a_key(app, world.acme, expires_at=later, closes_at=later)

    assert post(site, key, lead()).status == 201


@pytest.mark.parametrize(
    ("what", "values", "code"),
    [
        ("source", {"status": SourceStatus.PAUSED}, "source_paused"),
        ("source", {"deleted_at": now()}, "source_deleted"),
        ("partner", {"status": PartnerStatus.PAUSED}, "partner_paused"),
        ("partner", {"status": PartnerStatus.ARCHIVED}, "partner_archived"),
    ],
)
def test_what_is_paused_archived_or_deleted_takes_nothing(
    app, world, site, key, what, values, code
):
    with Line(site) as line:
        assert line.post(key, lead(1)).status == 201
        change(app, getattr(world.acme, what), **values)
        said = [line.post(key, lead(number)) for number in range(2, 8)]

    assert {(one.status, one.error) for one in said} == {(403, code)}
    assert [row.error for row in submissions(app)] == ["", *[code] * 6]


def test_a_revoked_credential_takes_nothing_from_then_on(app, world, site, key):
    with Line(site) as line:
        assert line.post(key, lead(1)).status == 201
        write(app, update(Credential).where(Credential.key == key.key).values(revoked_at=now()))
        said = [line.post(key, lead(number)) for number in range(2, 8)]

    assert {one.status for one in said} == {401}
    assert len(leads(app)) == 1


def test_another_partner_may_not_be_named(app, world, site, key):
    own, other = world.acme.partner.public_id, world.acme.other_partner.public_id
    nobodys = a_key(app, world.acme, world.acme.free_source)

    said = [
        post(site, key, lead(1), X_Partner_Id=own),
        post(site, key, lead(2), X_Partner_Id=other),
        post(site, nobodys, lead(3), X_Partner_Id=own),
    ]

    assert [(one.status, one.error) for one in said] == [
        (201, ""),
        (403, "partner_mismatch"),
        (403, "partner_mismatch"),
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Type": ""},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/jsonp"},
        {"Content_Type": "multipart/form-data; boundary=x"},
        {"Content_Type": "application/json; charset=utf-16"},
        {"Content_Encoding": "gzip"},
    ],
)
def test_another_content_type_is_refused(app, site, key, headers):
    said = post(site, key, b"{}", **headers)

    assert (said.status, said.error) == (415, "unsupported_media_type")
    assert submissions(app)[0].status == 415


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize(("size", "status"), [(LARGEST_BODY, 201), (LARGEST_BODY + 1, 413)])
def test_a_body_may_be_so_large_and_no_larger(app, site, key, size, status, is_chunked):
    empty = len(json.dumps(lead(filler="")))
    body = json.dumps(lead(filler="x" * (size - empty))).encode()
    pieces = (body[at : at + 5000] for at in range(0, size, 5000)) if is_chunked else body

    with Line(site) as line:
        said = line.post(key, pieces)
        after = line.post(key, lead("after"))

    first, second = submissions(app)
    assert (said.status, after.status) == (status, 201)
    assert first.body == body[:LARGEST_BODY]
    assert (first.status, second.status) == (status, 201)


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_far_too_large_body_hears_its_answer_and_the_line_goes_on(site, key, is_chunked):
    large = b"x" * 600_000

    with Line(site) as line:
        said = line.post(key, (large for _ in range(2)) if is_chunked else large)
        unknown = line.post(replace(key, secret="wrong"), large)
        after = line.post(key, lead())

    assert (said.status, said.error) == (413, "body_too_large")
    assert unknown.status == 401
    assert after.status == 201


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 500\r\n\r\n" + json.dumps(lead()).encode(),
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\nnot a chunk\r\n0\r\n\r\n",
    ],
)
def test_a_body_that_is_cut_off_leaves_nothing(app, site, key, framing):
    head = f"POST {LEADS} HTTP/1.1\r\nHost: x\r\nAuthorization: {key.header}\r\n"
    with socket.create_connection((HOST, site.port), timeout=20) as line:
        line.sendall(head.encode() + b"Content-Type: application/json\r\n" + framing)
        line.shutdown(socket.SHUT_WR)
        said = line.makefile("rb").read()

    assert b"201" not in said.split(b"\r\n")[0]
    assert leads(app) == []


def test_over_the_limit_of_its_source_a_call_waits(app, world, site, key):
    change(app, world.acme.source, rate_limit=5)
    other = a_key(app, world.acme, world.acme.other_source)

    # Each of the two workers counts for itself.
    with Line(site) as line:
        said = [line.post(key, lead(number)) for number in range(12)]

    assert {one.status for one in said} == {201, 429}
    assert 5 <= [one.status for one in said].count(201) <= 10
    refused = next(one for one in said if one.status == 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.error == "rate_limited"
    assert post(site, other, lead()).status == 201
    assert [row.status for row in submissions(app)].count(429) == len(said) - len(leads(app)) + 1


@pytest.mark.parametrize("status", [SourceStatus.LIVE, SourceStatus.PAUSED])
def test_a_flood_leaves_no_bodies_whatever_state_the_source_is_in(app, world, site, key, status):
    change(app, world.acme.source, rate_limit=1, status=status)

    with Line(site) as line:
        said = [line.post(key, lead(number)).status for number in range(8)]

    kept = [row.status for row in submissions(app) if row.body]
    assert said.count(429) >= 6
    assert len(submissions(app)) == len(said)
    assert len(kept) <= 2
    assert 429 not in kept


def test_no_limit_is_no_limit(app, world, site, key):
    change(app, world.acme.source, rate_limit=0)

    assert {post(site, key, lead(number)).status for number in range(12)} == {201}


def test_the_same_key_and_body_get_the_first_answer_again(app, site, key):
    first, second = (post(site, key, lead(), Idempotency_Key="order-1") for _ in range(2))

    assert (second.status, second.json) == (first.status, first.json)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(leads(app)) == 1
    assert [row.outcome for row in submissions(app)] == [Outcome.ACCEPTED, Outcome.REPEATED]


@pytest.mark.parametrize("sent", [{"email": "nobody"}, b"no json"])
def test_a_rejection_is_given_again_too(app, site, key, sent):
    first, second = (post(site, key, sent, Idempotency_Key="order-1") for _ in range(2))

    assert (second.status, second.json) == (first.status, first.json)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert [row.outcome for row in submissions(app)] == [Outcome.REJECTED, Outcome.REPEATED]


def test_the_same_key_with_another_body_is_refused(app, site, key):
    post(site, key, lead(1), Idempotency_Key="order-1")

    said = post(site, key, lead(2), Idempotency_Key="order-1")

    assert (said.status, said.error) == (422, "idempotency_key_reused")
    assert len(leads(app)) == 1
    assert submissions(app)[1].outcome == Outcome.REJECTED


def test_a_key_is_a_sources_own(app, world, site, key):
    other = a_key(app, world.acme, world.acme.other_source)

    said = [post(site, one, lead(), Idempotency_Key="order-1") for one in (key, other)]

    assert [one.json["status"] for one in said] == ["accepted", "duplicate"]


def test_a_key_is_forgotten_after_a_day(app, site, key):
    post(site, key, lead(1), Idempotency_Key="order-1")
    write(app, update(IdempotencyKey).values(received_at=now() - timedelta(hours=24, seconds=1)))

    said = post(site, key, lead(2), Idempotency_Key="order-1")

    assert said.status == 201
    assert len(leads(app)) == 2
    assert len(stored(app, IdempotencyKey)) == 1


@pytest.mark.parametrize("makes_test", ["status", "credential"])
def test_a_test_makes_test_leads(app, world, site, makes_test):
    if makes_test == "status":
        change(app, world.acme.source, status=SourceStatus.TEST, payout_cents=900)
    key = a_key(app, world.acme, is_test=makes_test == "credential")

    said = post(site, key, lead())

    assert said.json["test"] is True
    assert said.json["status"] == "accepted"
    assert (leads(app)[0].is_test, leads(app)[0].payout_cents) == (True, 0)
    assert (submissions(app)[0].is_test, submissions(app)[0].payout_cents) == (True, 0)


def test_a_test_can_ask_for_its_outcome(app, world, site):
    key = a_key(app, world.acme, is_test=True)

    duplicate = post(site, key, lead(email="duplicate@example.com"))
    rejected = post(site, key, lead(email="Reject@example.com"))

    assert (duplicate.status, duplicate.json["status"]) == (201, "duplicate")
    assert (rejected.status, rejected.error) == (422, "validation_failed")
    assert list(rejected.json["fields"]) == ["email"]


def test_a_live_lead_cannot_ask_for_its_outcome(app, site, key):
    said = [post(site, key, lead(email=f"{word}@example.com")) for word in ("duplicate", "reject")]

    assert [one.json["status"] for one in said] == ["accepted", "accepted"]


def test_a_test_is_no_original_of_a_live_lead(app, world, site, key):
    test = a_key(app, world.acme, is_test=True)

    said = [post(site, one, lead()) for one in (test, key, test, key)]

    assert [one.json["status"] for one in said] == ["accepted"] * 2 + ["duplicate"] * 2


def test_the_state_of_a_lead_is_told_to_its_source_alone(app, world, site, key):
    lead_id = post(site, key, lead()).json["lead_id"]
    others = [
        a_key(app, world.acme, world.acme.other_source),
        a_key(app, world.rival),
    ]

    with Line(site) as line:
        own = line.ask("GET", f"{LEADS}/{lead_id}", key)
        foreign = [line.ask("GET", f"{LEADS}/{lead_id}", one) for one in others]
        absent = line.ask("GET", f"{LEADS}/{public_id('lead', world.acme.source.id)}", key)
        junk = line.ask("GET", f"{LEADS}/x", key)
        nobody = line.ask("GET", f"{LEADS}/{lead_id}", None)

    assert own.status == 200
    assert {**own.json, "received_at": ""} == {
        "lead_id": lead_id,
        "status": "accepted",
        "test": False,
        "received_at": "",
    }
    assert {one.status for one in [*foreign, absent, junk]} == {404}
    assert nobody.status == 401


@pytest.mark.parametrize(("shown", "status"), [(True, "returned"), (False, "accepted")])
def test_a_returned_lead_is_told_where_the_partner_may_see_it(app, world, site, key, shown, status):
    lead_id = post(site, key, lead()).json["lead_id"]
    change(app, leads(app)[0], state=LeadState.RETURNED)
    change(app, world.acme.partner, show_returned=shown)

    with Line(site) as line:
        assert line.ask("GET", f"{LEADS}/{lead_id}", key).json["status"] == status


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", LEADS, 405, "POST"),
        ("PUT", LEADS, 405, "POST"),
        ("DELETE", f"{LEADS}/x", 405, "GET, HEAD"),
        ("POST", "/api/v1/openapi.json", 405, "GET, HEAD"),
        ("GET", "/api/", 404, None),
        ("GET", "/api/v2/leads", 404, None),
        ("POST", f"{LEADS}/x/y", 404, None),
    ],
)
def test_every_error_below_api_is_json(site, key, method, path, status, allowed):
    with Line(site) as line:
        said = line.ask(method, path, key)

    assert said.status == status
    assert said.json["request_id"].startswith("submission_")
    assert said.headers.get("Allow") == allowed
    assert said.headers["Cache-Control"] == "no-store"
    assert said.headers["X-Content-Type-Options"] == "nosniff"


def test_head_tells_no_body(site):
    with closing_line(site) as line:
        line.request("HEAD", "/api/v1/openapi.json")
        answer = line.getresponse()

        assert (answer.status, answer.read()) == (http.client.OK, b"")


def test_when_a_credential_was_used_is_written_once_a_minute(app, site, key):
    post(site, key, lead(1))
    (first,) = stored(app, Credential)
    post(site, key, lead(2))
    (second,) = stored(app, Credential)
    long_ago = now() - timedelta(minutes=2)
    write(app, update(Credential).values(last_used_at=long_ago))
    post(site, key, {})
    (third,) = stored(app, Credential)

    assert first.last_used_from == HOST
    assert first.last_used_at == second.last_used_at
    assert third.last_used_at > second.last_used_at
