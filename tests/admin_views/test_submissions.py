"""Calls as they came, in both panels: the list, one call, and what was wrong with it."""

import pytest

from models import Outcome
from tests.leads import credential_of, received, rejected, submission_of

WRONG = {
    "email": ["Must be an e-mail address, such as name@example.com."],
    "gone": ["Required, and not sent."],
}
SENT = {"first_name": "Jane", "last_name": "Doe", "email": "jane@@doe", "gone": ""}


@pytest.fixture
def some(add):
    """An accepted call, a rejected one, one that was limited, and a test."""

    def work(side):
        key = credential_of(side, side.source, "acme-key")
        return {
            "lead": received(side, side.source),
            "wrong": rejected(side, side.source, WRONG, payload=SENT, credential_id=key.id),
            "limited": submission_of(
                side,
                side.source,
                outcome=Outcome.REJECTED,
                status=429,
                error="rate_limited",
                body=b"",
            ),
            "test": submission_of(side, side.source, is_test=True),
            "other": submission_of(side, side.other_source, address="203.0.113.9"),
        }

    return add(work)


def listed(answer, some):
    assert answer.status_code == 200, answer.text
    return {name for name, row in some.items() if row.public_id.split("_")[1] in answer.text}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"lead", "wrong", "limited", "test"}),
        ("?outcome=rejected", {"wrong", "limited"}),
        ("?outcome=accepted&test=no", {"lead"}),
        ("?test=yes", {"test"}),
        ("?error=rate_limited", {"limited"}),
        ("?error=never_heard_of", set()),
        ("?to=2020-01-01", set()),
        ("?from=2020-01-01", {"lead", "wrong", "limited", "test"}),
    ],
)
def test_the_calls_of_a_source_are_narrowed(world, sign_in, some, query, names):
    place = f"sources/{world.acme.source.public_id}/submissions/{query}"

    assert listed(sign_in(world.acme.validation).get(f"/admin/{place}"), some) == names
    assert listed(sign_in(world.acme.partner_user).get(f"/partner/{place}"), some) == names


def test_the_list_names_credential_answer_and_address(world, sign_in, some):
    place = f"sources/{world.acme.source.public_id}/submissions/"

    page = sign_in(world.acme.partner_user).get(f"/partner/{place}").text

    for word in ("acme-key", "validation_failed", ">422<", "198.51.100.7"):
        assert word in page


def test_the_export_holds_what_the_list_shows(world, sign_in, some):
    place = f"sources/{world.acme.source.public_id}/submissions/export?outcome=rejected"

    head, *rows = sign_in(world.acme.admin).get(f"/admin/{place}").text.strip().splitlines()

    assert head == "Identifier,Received,Outcome,Answer,Error,Credential,Address,Day,Test"
    assert len(rows) == 2
    # Both may be of one millisecond, and then stand in either order.
    assert any("422,validation_failed,acme-key,198.51.100.7" in row for row in rows)


def test_calls_from_before_the_source_was_theirs_stay_with_the_tenant(world, sign_in, add):
    def work(side):
        return submission_of(side, side.source, partner_id=side.other_partner.id)

    call = add(work)
    browser = sign_in(world.acme.partner_user)
    place = f"/partner/sources/{world.acme.source.public_id}/submissions/"

    assert call.public_id not in browser.get(place).text
    assert browser.get(f"/partner/submissions/{call.public_id}/").status_code == 404


def test_an_accepted_call_leads_to_its_lead(world, sign_in, some):
    lead = some["lead"].public_id
    address = f"submissions/submission_{lead[5:]}/"

    for_staff = sign_in(world.acme.admin).get(f"/admin/{address}").text
    for_partner = sign_in(world.acme.partner_user).get(f"/partner/{address}").text

    assert f'href="/admin/leads/{lead}/"' in for_staff
    assert f'href="/partner/leads/{lead}/"' in for_partner
    assert "&#34;first_name&#34;: &#34;Jane&#34;" in for_staff
    assert "What was wrong" not in for_staff


def test_a_rejected_call_says_what_was_wrong_and_how_to_mend_it(world, sign_in, some):
    page = (
        sign_in(world.acme.partner_user)
        .get(f"/partner/submissions/{some['wrong'].public_id}/")
        .text
    )

    for word in ("What was wrong", "Must be an e-mail address", "Type: E-mail", "jane@@doe"):
        assert word in page
    assert "With the mapping as it is now, this error would not occur any more." in page
    assert "A body that would be taken" in page
    assert "maria.santos@example.com" in page


def test_a_call_that_was_refused_as_a_whole_has_no_fields_to_mend(world, sign_in, some):
    page = sign_in(world.acme.admin).get(f"/admin/submissions/{some['limited'].public_id}/").text

    assert "rate_limited" in page
    assert "It was not kept" in page
    assert "What was wrong" not in page
    assert "A body that would be taken" not in page


def test_tests_and_repeated_calls_say_that_they_count_nowhere(world, sign_in, some, add):
    repeated = add(lambda side: submission_of(side, side.source, outcome=Outcome.REPEATED))
    browser = sign_in(world.acme.admin)

    test = browser.get(f"/admin/submissions/{some['test'].public_id}/").text
    again = browser.get(f"/admin/submissions/{repeated.public_id}/").text

    assert "Nothing: it is a test" in test
    assert "Nothing: it got an earlier answer again" in again


@pytest.mark.parametrize("answer", ["{}", "[]", "?", '{"lead_id": 1}', '{"lead_id": "lead_x"}'])
def test_a_repeated_call_that_names_no_lead_leads_to_none(world, sign_in, add, answer):
    call = add(
        lambda side: submission_of(side, side.source, outcome=Outcome.REPEATED, answer=answer)
    )

    page = sign_in(world.acme.admin).get(f"/admin/submissions/{call.public_id}/").text

    assert "<dt>Lead</dt><dd>None</dd>" in page


def test_a_repeated_call_leads_to_the_lead_that_the_first_one_made(world, sign_in, some, add):
    lead = some["lead"].public_id
    answer = f'{{"lead_id": "{lead}", "status": "accepted", "test": false}}'
    call = add(
        lambda side: submission_of(side, side.source, outcome=Outcome.REPEATED, answer=answer)
    )

    for member, panel in ((world.acme.admin, "admin"), (world.acme.partner_user, "partner")):
        page = sign_in(member).get(f"/{panel}/submissions/{call.public_id}/").text
        assert f'<a href="/{panel}/leads/{lead}/">The lead that the first call made</a>' in page


def test_the_call_stays_readable_when_the_source_went_to_somebody_else(world, sign_in, add):
    def work(side):
        return rejected(side, side.other_source, WRONG, partner_id=side.partner.id, payload=SENT)

    call = add(work)

    page = sign_in(world.acme.partner_user).get(f"/partner/submissions/{call.public_id}/")

    assert page.status_code == 200
    assert "jane@@doe" in page.text
    assert "acme-other" not in page.text


@pytest.mark.parametrize(
    ("body", "content_type", "shown"),
    [
        (b'{"a": "\xff\x00"}', "application/json", r"\xff\u0000"),
        (b"a=1&b=%E2%80%AEx", "application/x-www-form-urlencoded", r"b = \u202ex"),
        (b"<script>alert(1)</script>", "text/html", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        (b"", "", "It was empty."),
        (b"[" * 5000, "application/json", "[[[["),
        (rb'{"\udfff": "\ud800"}', "application/json", r"&#34;\udfff&#34;: &#34;\ud800&#34;"),
    ],
)
def test_any_body_is_shown_and_does_nothing(world, sign_in, add, body, content_type, shown):
    def work(side):
        return submission_of(
            side,
            side.source,
            outcome=Outcome.REJECTED,
            error="malformed_body",
            status=400,
            body=body,
            content_type=content_type,
        )

    call = add(work)

    page = sign_in(world.acme.admin).get(f"/admin/submissions/{call.public_id}/").text

    assert shown in page
    assert "<script>alert" not in page


def test_what_was_sent_stays_readable_beside_what_is_pretty(world, sign_in, add):
    call = add(lambda side: submission_of(side, side.source, body=b'{"a":1}'))

    page = sign_in(world.acme.admin).get(f"/admin/submissions/{call.public_id}/").text

    assert "Exactly as sent" in page
    assert "{&#34;a&#34;:1}" in page


def test_an_empty_list_says_so(world, sign_in):
    place = f"sources/{world.acme.source.public_id}/submissions/"

    assert "No calls yet" in sign_in(world.acme.admin).get(f"/admin/{place}").text
