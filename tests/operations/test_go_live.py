"""A partner asks for a source to go live; staff grant it, or say what is missing."""

import pytest
from sqlalchemy import select

from models import AuditEvent, Letter, Source, SourceStatus, across_tenants, db
from operations import assignments, go_live, sources
from operations.refusal import Forbidden, Invalid, Refusal


@pytest.fixture
def testing(app, world):
    """Acme's source, back in test."""
    with app.app_context(), across_tenants(db.session):
        source = db.session.merge(world.acme.source)
        source.status = SourceStatus.TEST
        db.session.commit()


def source_of(side):
    key = (side.tenant.id, side.source.id)
    return db.session.get_one(Source, key, populate_existing=True)


def asked(world, inside, by):
    with inside(world.acme, by) as actor:
        go_live.ask(actor, source_of(world.acme))
        db.session.commit()


def letters():
    return [(letter.kind, letter.to_email, letter.facts) for letter in db.session.scalars(all_of())]


def all_of():
    return select(Letter).where(Letter.kind != "invite").order_by(Letter.to_email)


def last_event():
    return db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()


@pytest.mark.parametrize("role", ["partner_admin", "partner_user"])
def test_the_partners_people_ask_and_an_admin_is_told(world, inside, testing, role):
    asked(world, inside, getattr(world.acme, role))

    with inside(world.acme):
        [(kind, to, facts)] = letters()
        assert source_of(world.acme).go_live_asked_at
        assert (kind, to) == ("go_live_asked", "acme-admin@mail.example")
        assert (facts["partner"], facts["source"]) == ("acme-partner", "acme-source")
        assert facts["link"] == f"/admin/sources/{world.acme.source.public_id}/go-live"
        assert last_event().kind == "source.go_live_asked"
        assert last_event().partner_id == world.acme.partner.id


def test_the_account_manager_is_told_where_there_is_one(app, world, inside, testing):
    with app.app_context(), across_tenants(db.session):
        db.session.merge(world.acme.partner).account_manager_id = world.acme.sales.id
        db.session.commit()

    asked(world, inside, world.acme.partner_user)

    with inside(world.acme):
        assert [to for _, to, _ in letters()] == ["acme-sales@mail.example"]


def test_asking_twice_is_refused(world, inside, testing):
    asked(world, inside, world.acme.partner_user)

    again, said = inside(world.acme, world.acme.partner_admin), "asked for already"
    with again as actor, pytest.raises(Refusal, match=said):
        go_live.ask(actor, source_of(world.acme))


def test_a_live_source_is_not_asked_for(world, inside):
    with inside(world.acme, world.acme.partner_user) as actor, pytest.raises(Refusal):
        go_live.ask(actor, source_of(world.acme))


def test_staff_do_not_ask(world, inside, testing):
    with inside(world.acme) as actor, pytest.raises(Forbidden):
        go_live.ask(actor, source_of(world.acme))


def test_going_live_answers_whoever_asked(world, inside, testing):
    asked(world, inside, world.acme.partner_user)

    with inside(world.acme, world.acme.support) as actor:
        sources.set_status(actor, source_of(world.acme), SourceStatus.LIVE)

        told = [(to, facts["granted"]) for kind, to, facts in letters() if "answered" in kind]
        assert source_of(world.acme).go_live_asked_at is None
        assert source_of(world.acme).status is SourceStatus.LIVE
        assert told == [
            ("acme-partner-admin@mail.example", True),
            ("acme-partner-user@mail.example", True),
        ]


def test_a_source_that_nobody_asked_for_goes_live_without_a_letter(world, inside, testing):
    with inside(world.acme) as actor:
        sources.set_status(actor, source_of(world.acme), SourceStatus.LIVE)

        assert letters() == []


def test_a_pause_leaves_the_question_open(world, inside, testing):
    asked(world, inside, world.acme.partner_user)

    with inside(world.acme) as actor:
        sources.set_status(actor, source_of(world.acme), SourceStatus.PAUSED)

        assert source_of(world.acme).go_live_asked_at


def test_declining_says_why(world, inside, testing):
    asked(world, inside, world.acme.partner_admin)

    with inside(world.acme) as actor:
        go_live.decline(actor, source_of(world.acme), " The phone is\r\nmissing. ")

        [(_, to, facts)] = [one for one in letters() if "answered" in one[0]]
        assert source_of(world.acme).status is SourceStatus.TEST
        assert source_of(world.acme).go_live_asked_at is None
        assert to == "acme-partner-admin@mail.example"
        assert (facts["granted"], facts["message"]) == (False, "The phone is\nmissing.")
        assert last_event().after == {"reason": "The phone is\nmissing."}


def test_declining_takes_a_reason_and_a_question(world, inside, testing):
    with inside(world.acme) as actor:
        with pytest.raises(Invalid, match="what is missing"):
            go_live.decline(actor, source_of(world.acme), " ")
        with pytest.raises(Refusal, match="any more"):
            go_live.decline(actor, source_of(world.acme), "No.")


def test_only_those_who_edit_sources_decline(world, inside, testing):
    asked(world, inside, world.acme.partner_admin)

    for role in (world.acme.sales, world.acme.partner_admin):
        with inside(world.acme, role) as actor, pytest.raises(Forbidden):
            go_live.decline(actor, source_of(world.acme), "No.")


def test_a_source_that_leaves_the_partner_is_asked_for_no_longer(world, inside, testing):
    asked(world, inside, world.acme.partner_admin)

    with inside(world.acme) as actor:
        assignments.unassign(actor, [source_of(world.acme)])

        assert source_of(world.acme).go_live_asked_at is None
