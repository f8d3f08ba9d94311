"""Rejections explained, as staff and as the partner's people read them."""

from datetime import timedelta

from models import Outcome, now
from operations.mapping_fields import Field, Type, to_json
from tests.leads import counted_rejections, mapping_of, rejected, submission_of

NO_EMAIL = {"email": ["Must be an e-mail address, such as name@example.com."]}
SENT = {"first_name": "Jane", "last_name": "Doe", "email": "jane@@example.com"}


def pages(world, sign_in, query=""):
    """The page as both panels show it."""
    place = f"sources/{world.acme.source.public_id}/rejections/{query}"
    for browser, panel in (
        (sign_in(world.acme.validation), "admin"),
        (sign_in(world.acme.partner_user), "partner"),
    ):
        answer = browser.get(f"/{panel}/{place}")
        assert answer.status_code == 200, answer.text
        yield answer.text


def test_a_reason_comes_with_a_masked_example_and_a_body_to_copy(world, sign_in, add):
    add(lambda side: rejected(side, side.source, NO_EMAIL, payload=SENT))

    for page in pages(world, sign_in):
        assert "Must be an e-mail address" in page
        assert "j***@@e******.com" in page
        assert "jane@@example.com" not in page
        assert "Jane" not in page
        assert "1 call" in page
        assert "data-copy=" in page
        assert "maria.santos@example.com" in page


def test_a_field_that_was_not_sent_is_named_all_the_same(world, sign_in, add):
    missing = {"last_name": ["Required, and not sent."]}
    add(lambda side: rejected(side, side.source, missing, payload={"first_name": "Jane"}))

    for page in pages(world, sign_in):
        assert "not sent</span>" in page


def test_a_reason_whose_calls_are_gone_says_so(world, sign_in, add):
    add(lambda side: counted_rejections(side, side.source, "email", "Required, and not sent.", 7))

    for page in pages(world, sign_in):
        assert "7 calls" in page
        assert "no longer kept" in page


def test_reasons_that_are_left_out_are_counted(world, sign_in, add):
    def work(side):
        for n in range(14):
            counted_rejections(side, side.source, f"field_{n}", "Required, and not sent.", n + 1)

    add(work)
    place = f"sources/{world.acme.source.public_id}/"

    for page in pages(world, sign_in):
        assert "12 of 14 reasons" in page
    for member, panel in ((world.acme.admin, "admin"), (world.acme.partner_user, "partner")):
        page = sign_in(member).get(f"/{panel}/{place}").text
        assert "5 of 14 reasons" in page
        assert f'href="/{panel}/{place}submissions/?outcome=rejected&amp;test=no&amp;from=' in page
        assert "All rejected calls" in page


def test_a_refusal_of_the_whole_call_is_said_in_a_sentence_on_the_sources_page(world, sign_in, add):
    def work(side):
        submission_of(side, side.source, outcome=Outcome.REJECTED, error="partner_paused")

    add(work)

    page = sign_in(world.acme.admin).get(f"/admin/sources/{world.acme.source.public_id}/").text

    assert "The partner of this source is paused." in page
    assert "reasons</span>" not in page


def test_a_refusal_of_the_whole_call_says_what_to_do(world, sign_in, add):
    def work(side):
        for code, body in (("malformed_body", b"{"), ("rate_limited", b"{}"), ("of_old", b"{}")):
            submission_of(side, side.source, outcome=Outcome.REJECTED, error=code, body=body)

    add(work)

    for page in pages(world, sign_in):
        assert "The whole call" in page
        assert "Retry-After" in page
        assert "A body that could not be read" in page
        assert "The answer says what to do." in page


def test_a_field_that_the_mapping_takes_by_now_says_so(world, sign_in, add):
    add(lambda side: rejected(side, side.source, {"age": ["Required."]}, payload=SENT))

    for page in pages(world, sign_in):
        assert "With the mapping as it is now, this error would not occur any more." in page
        assert "does not name this field any more" in page


def test_a_call_that_is_wrong_elsewhere_is_not_said_to_be_taken(world, sign_in, add):
    errors = {"age": ["Required."], **NO_EMAIL}
    add(lambda side: rejected(side, side.source, errors, payload=SENT))

    for page in pages(world, sign_in):
        assert "takes the latest such call" not in page
        assert page.count("this error would not occur any more") == 1


def test_a_hidden_field_is_not_said_to_be_gone(world, sign_in, add):
    def work(side):
        campaign = Field("campaign", "campaign", Type.INTEGER, hidden=True)
        mapping_of(side, side.source, to_json([campaign]))
        rejected(side, side.source, {"campaign": ["Must be a number."]}, payload={"campaign": "a"})

    add(work)

    for page in pages(world, sign_in):
        assert "is not part of the specification" in page
        assert "does not name this field" not in page


def test_the_days_are_chosen(world, sign_in, add):
    add(
        lambda side: rejected(
            side, side.source, NO_EMAIL, payload=SENT, day=now().date() - timedelta(days=3)
        )
    )

    assert all("1 call" in page for page in pages(world, sign_in, "?days=7"))
    assert all("No call was rejected" in page for page in pages(world, sign_in, "?days=1"))


def test_days_that_are_not_offered_are_refused(world, sign_in):
    place = f"/admin/sources/{world.acme.source.public_id}/rejections/?days=400"

    assert sign_in(world.acme.admin).get(place).status_code == 400


def test_a_partner_reads_only_what_came_while_the_source_was_theirs(world, sign_in, add):
    add(
        lambda side: rejected(
            side, side.source, NO_EMAIL, payload=SENT, partner_id=side.other_partner.id
        )
    )

    for_staff, for_partner = pages(world, sign_in)

    assert "Must be an e-mail address" in for_staff
    assert "No call was rejected" in for_partner


def test_a_reason_leads_to_the_specification_for_those_who_may_read_it(world, sign_in, add):
    add(lambda side: rejected(side, side.source, NO_EMAIL, payload=SENT))
    place = f"sources/{world.acme.source.public_id}/"

    for person, panel in ((world.acme.admin, "admin"), (world.acme.partner_admin, "partner")):
        page = sign_in(person).get(f"/{panel}/{place}rejections/").text
        assert f'href="/{panel}/{place}specification/#fields"' in page
    assert (
        "specification" not in sign_in(world.acme.validation).get(f"/admin/{place}rejections/").text
    )
