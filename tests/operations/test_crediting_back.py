"""Undo of unassigning: what came in between is the partner's, for the assignment never ended."""

from datetime import timedelta

from sqlalchemy import select

from models import AuditEvent, Job, Lead, db, now
from models.assignment import Credit
from operations import assignments, crediting, partners, undo
from tests.operations.test_assignments import here
from tests.received import call
from tests.worker import work, work_later


def leads_of(source):
    return db.session.scalars(select(Lead.partner_id).where(Lead.source_id == source.id)).all()


def unassigned(inside, side, *sources):
    with inside(side) as actor:
        event = assignments.unassign(actor, [here(source) for source in sources])
        db.session.commit()
        return event


def received(inside, side, source, **values):
    with inside(side):
        call(here(source), received_at=now(), day=now().date(), **values)
        db.session.commit()


def undone(inside, side, event):
    with inside(side) as actor:
        recorded = db.session.scalars(select(AuditEvent).where(AuditEvent.id == event.id)).one()
        undo.undo(actor, recorded)
        db.session.commit()


def undone_and_credited(app, inside, side, event):
    undone(inside, side, event)
    work_later(app)


def test_what_came_in_between_is_credited_to_the_partner(app, world, inside):
    acme = world.acme
    event = unassigned(inside, acme, acme.source)
    received(inside, acme, acme.source)

    undone_and_credited(app, inside, acme, event)

    with inside(acme):
        assert leads_of(acme.source) == [acme.partner.id]


def test_each_of_several_partners_is_credited_with_its_own(app, world, inside):
    acme = world.acme
    event = unassigned(inside, acme, acme.source, acme.other_source)
    received(inside, acme, acme.source)
    received(inside, acme, acme.other_source)

    undone_and_credited(app, inside, acme, event)

    with inside(acme):
        assert leads_of(acme.source) == [acme.partner.id]
        assert leads_of(acme.other_source) == [acme.other_partner.id]


def test_what_was_left_with_nobody_before_the_assignment_stays_so(app, world, inside):
    acme = world.acme
    with inside(acme) as actor:
        before = now() - timedelta(seconds=5)
        call(here(acme.free_source), received_at=before, day=before.date())
        assignments.assign(actor, here(acme.partner), [here(acme.free_source)], Credit.LEAVE)
        db.session.commit()
    event = unassigned(inside, acme, acme.free_source)
    received(inside, acme, acme.free_source)

    undone_and_credited(app, inside, acme, event)

    with inside(acme):
        assert set(leads_of(acme.free_source)) == {None, acme.partner.id}


def test_a_partner_that_is_credited_with_nothing_is_told_of_nothing(app, world, inside):
    acme = world.acme
    with inside(acme) as actor:
        call(here(acme.free_source), received_at=now(), day=now().date())
        assignments.assign(actor, here(acme.partner), [here(acme.free_source)], Credit.LEAVE)
        db.session.commit()
    event = unassigned(inside, acme, acme.free_source, acme.other_source)
    received(inside, acme, acme.other_source)

    undone_and_credited(app, inside, acme, event)

    with inside(acme):
        credited = select(AuditEvent.partner_id).where(AuditEvent.kind == "leads.credited")
        assert db.session.scalars(credited).all() == [acme.other_partner.id]


def test_a_call_that_was_on_its_way_while_it_was_undone_is_credited_too(app, world, inside):
    acme = world.acme
    event = unassigned(inside, acme, acme.source)
    undone(inside, acme, event)
    work(app)
    with inside(acme):
        # It had read that the source is with nobody, and is stored only now.
        call(here(acme.source), received_at=now(), day=now().date())
        db.session.commit()

    work_later(app)

    with inside(acme):
        assert leads_of(acme.source) == [acme.partner.id]


def test_what_comes_after_it_was_unassigned_again_is_nobodys(app, world, inside):
    acme = world.acme
    event = unassigned(inside, acme, acme.source)
    undone(inside, acme, event)
    unassigned(inside, acme, acme.source)
    received(inside, acme, acme.source)

    work_later(app)

    with inside(acme):
        assert leads_of(acme.source) == [None]


def test_what_is_still_to_be_credited_back_goes_to_nobody_else(app, world, inside):
    acme = world.acme
    event = unassigned(inside, acme, acme.source)
    received(inside, acme, acme.source)
    undone(inside, acme, event)
    unassigned(inside, acme, acme.source)
    with inside(acme) as actor:
        assignments.assign(actor, here(acme.other_partner), [here(acme.source)], Credit.ALL)
        db.session.commit()
    work(app)

    work_later(app)

    with inside(acme):
        assert leads_of(acme.source) == [acme.partner.id]


def test_crediting_back_is_not_stopped_half_way(app, world, inside, sign_in):
    acme = world.acme
    event = unassigned(inside, acme, acme.source)
    received(inside, acme, acme.source)
    undone(inside, acme, event)
    browser = sign_in(acme.admin)
    with inside(acme):
        address = f"/admin/jobs/{db.session.scalars(select(Job)).one().public_id}/"

    refused = browser.post(f"{address}cancel")
    page = browser.get(address).text
    work_later(app)

    assert refused.status_code == 409
    assert "Stop the job" not in page
    with inside(acme):
        assert leads_of(acme.source) == [acme.partner.id]


def test_test_leads_are_credited_and_not_counted(app, world, inside):
    acme = world.acme
    event = unassigned(inside, acme, acme.source)
    received(inside, acme, acme.source, is_test=True)

    undone_and_credited(app, inside, acme, event)

    with inside(acme):
        assert leads_of(acme.source) == [acme.partner.id]
        assert db.session.scalars(select(Job)).one().result == {"Leads credited": 0}


def test_the_history_of_the_partner_says_what_it_was_credited_with(app, world, inside):
    acme = world.acme
    event = unassigned(inside, acme, acme.source)
    received(inside, acme, acme.source)

    undone_and_credited(app, inside, acme, event)

    with inside(acme):
        credited = select(AuditEvent).where(AuditEvent.kind == "leads.credited")
        told = db.session.scalars(credited).one()
        assert (told.partner_id, told.after["leads"]) == (acme.partner.id, 1)


def test_many_leads_are_credited_in_several_steps(app, world, inside, monkeypatch):
    monkeypatch.setattr(crediting, "A_STEP", 2)
    acme = world.acme
    event = unassigned(inside, acme, acme.source)
    for _ in range(5):
        received(inside, acme, acme.source)

    undone_and_credited(app, inside, acme, event)

    with inside(acme):
        assert leads_of(acme.source) == [acme.partner.id] * 5
        assert db.session.scalars(select(Job)).one().result == {"Leads credited": 5}


def test_whoever_undoes_is_told_that_leads_are_being_credited(world, inside, sign_in):
    acme = world.acme
    event = unassigned(inside, acme, acme.source)
    received(inside, acme, acme.source)
    browser = sign_in(acme.admin)

    browser.post(f"/admin/audit/{event.public_id}/undo")

    page = browser.get("/admin/sources/").text
    assert "Undone. It is as it was before." in page
    assert "What came meanwhile is credited within two minutes." in page


def test_whoever_undoes_something_else_is_not_told_of_leads(world, inside, sign_in):
    acme = world.acme
    undone(inside, acme, unassigned(inside, acme, acme.source))  # its job is still waiting
    with inside(acme) as actor:
        event = partners.pause(actor, here(acme.partner))
        db.session.commit()
    browser = sign_in(acme.admin)

    browser.post(f"/admin/audit/{event.public_id}/undo")

    page = browser.get("/admin/sources/").text
    assert "Undone. It is as it was before." in page
    assert "What came meanwhile" not in page
