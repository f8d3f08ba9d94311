"""Why calls were rejected: what was counted and what is new, ranked as of one moment."""

from datetime import timedelta

from models import MetricMark, Outcome, db, now
from operations.asked import Whose
from operations.periods import Days
from operations.rejections import Reason, examples, ranking
from tests.leads import counted_rejections, rejected, submission_of
from tests.statements import counted

TODAY = now().date()
SPAN = Days(TODAY - timedelta(days=6), TODAY)
NO_EMAIL = {"email": ["Required, and not sent."]}
NO_STATE = {"state": ["Must be a US state, such as IL or Illinois."]}


def of_source(actor, world):
    return Whose(actor.tenant_id, world.acme.source.id, actor.partner_id)


def test_counted_days_and_new_calls_are_ranked_together(world, inside, add):
    def work(side):
        counted_rejections(side, side.source, "email", "Required, and not sent.", 5)
        for _ in range(2):
            rejected(side, side.source, NO_EMAIL)
        rejected(side, side.source, NO_STATE)

    add(work)

    with inside(world.acme) as actor:
        with counted() as said:
            found = ranking(of_source(actor, world), SPAN)

        assert found == [
            Reason("email", "Required, and not sent.", 7),
            Reason("state", "Must be a US state, such as IL or Illinois.", 1),
        ]
        assert len(said) == 1


def test_what_is_below_the_mark_is_not_counted_twice(world, inside, add):
    def work(side):
        rejected(side, side.source, NO_EMAIL, seq=7)
        rejected(side, side.source, NO_EMAIL, seq=8)
        counted_rejections(side, side.source, "email", "Required, and not sent.", 1)
        db.session.add(MetricMark(tenant_id=side.tenant.id, seq=8))

    add(work)

    with inside(world.acme) as actor:
        assert ranking(of_source(actor, world), SPAN)[0].calls == 2


def test_tests_accepted_calls_other_days_and_other_sources_do_not_count(world, inside, add):
    def work(side):
        rejected(side, side.source, NO_EMAIL, is_test=True)
        rejected(side, side.source, NO_EMAIL, day=TODAY - timedelta(days=7))
        rejected(side, side.other_source, NO_EMAIL)
        submission_of(side, side.source)
        counted_rejections(side, side.other_source, "email", "Required, and not sent.", 9)

    add(work)

    with inside(world.acme) as actor:
        assert ranking(of_source(actor, world), SPAN) == []


def test_a_call_refused_as_a_whole_is_ranked_by_its_code(world, inside, add):
    add(
        lambda side: submission_of(
            side, side.source, outcome=Outcome.REJECTED, error="malformed_body", errors=None
        )
    )

    with inside(world.acme) as actor:
        assert ranking(of_source(actor, world), SPAN) == [Reason("", "malformed_body", 1)]


def test_the_whole_tenant_and_one_partner_have_a_ranking_too(world, inside, add):
    def work(side):
        counted_rejections(side, side.source, "email", "Required, and not sent.", 2)
        counted_rejections(side, side.other_source, "state", "Must be a US state.", 3)
        rejected(side, side.source, NO_EMAIL)
        rejected(side, side.other_source, NO_EMAIL)

    add(work)

    with inside(world.acme) as actor:
        # Counted for both partners in rows of their own, and for all in the tenant's.
        assert {
            reason.field: reason.calls
            for reason in ranking(Whose(actor.tenant_id, partner_id=actor.partner_id), SPAN)
        } == {
            "email": 4,
            "state": 3,
        }
    with inside(world.acme, world.acme.partner_user) as actor:
        assert ranking(Whose(actor.tenant_id, partner_id=actor.partner_id), SPAN) == [
            Reason("email", "Required, and not sent.", 3)
        ]


def test_a_partner_sees_what_came_while_the_source_was_theirs(world, inside, add):
    def work(side):
        rejected(side, side.source, NO_EMAIL)
        rejected(side, side.source, NO_EMAIL, partner_id=side.other_partner.id)
        rejected(side, side.source, NO_STATE, partner_id=None)

    add(work)

    with inside(world.acme, world.acme.partner_user) as actor:
        found = ranking(of_source(actor, world), SPAN)

        assert found == [Reason("email", "Required, and not sent.", 1)]
        assert len(examples(of_source(actor, world), SPAN, found)) == 1


def test_the_list_ends_where_reasons_get_rare(world, inside, add):
    def work(side):
        for n in range(5):
            counted_rejections(side, side.source, f"field_{n}", "Required, and not sent.", n + 1)

    add(work)

    with inside(world.acme) as actor:
        fields = [reason.field for reason in ranking(of_source(actor, world), SPAN, most=2)]

        assert fields == ["field_4", "field_3"]


def test_each_reason_has_the_latest_call_as_its_example(world, inside, add):
    made = {}

    def work(side):
        for errors in (NO_EMAIL, NO_STATE):
            rejected(side, side.source, errors, at=now() - timedelta(hours=2))
        made["latest"] = rejected(side, side.source, NO_EMAIL | NO_STATE).id
        rejected(side, side.source, {"roof": ["One of so many that it is not ranked."]})
        counted_rejections(side, side.source, "city", "Required, and not sent.", 2)

    add(work)

    with inside(world.acme) as actor:
        found = ranking(of_source(actor, world), SPAN, most=3)
        calls = examples(of_source(actor, world), SPAN, found)

        assert {key[0]: call.id for key, call in calls.items()} == {
            "email": made["latest"],
            "state": made["latest"],
        }


def test_an_example_that_went_meanwhile_is_left_out(world, inside, add, monkeypatch):
    add(lambda side: rejected(side, side.source, NO_EMAIL))

    with inside(world.acme) as actor:
        found = ranking(of_source(actor, world), SPAN)
        monkeypatch.setattr("operations.rejections.LOOKED_AT", 0)

        assert examples(of_source(actor, world), SPAN, found) == {}
