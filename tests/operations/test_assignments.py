"""Assigning, moving and unassigning sources."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from models import (
    Assignment,
    AuditEvent,
    Membership,
    Partner,
    PartnerStatus,
    Source,
    db,
    now,
)
from models.assignment import Credit
from operations import assignments, partners, undo
from operations import sources as sources_
from operations.refusal import Forbidden, Invalid, Refusal
from tests.many import many_sources
from tests.statements import counted


def here(row):
    """The same row as this session knows it."""
    return db.session.scalars(select(type(row)).where(type(row).id == row.id)).one()


def partner_of_stored(source):
    return db.session.scalar(select(Source.partner_id).where(Source.id == source.id))


def open_assignments(source):
    query = select(Assignment).where(
        Assignment.source_id == source.id, Assignment.ended_at.is_(None)
    )
    return db.session.scalars(query).all()


def events(kind):
    return db.session.scalars(select(AuditEvent).where(AuditEvent.kind == kind)).all()


def test_assigning_keeps_since_when_and_by_whom(world, inside):
    with inside(world.acme) as actor:
        assignments.assign(actor, world.acme.partner, [here(world.acme.free_source)])

        (opened,) = open_assignments(world.acme.free_source)
        assert partner_of_stored(world.acme.free_source) == world.acme.partner.id
        assert opened.partner_id == world.acme.partner.id
        assert opened.began_by_id == actor.membership_id
        assert now() - opened.began_at < timedelta(minutes=1)
        assert opened.credit is Credit.LEAVE


def test_what_happens_to_earlier_leads_is_stored_with_the_assignment(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.free_source)
        day = date(2026, 1, 31)

        assignments.assign(actor, world.acme.partner, [source], Credit.SINCE, day)

        (opened,) = open_assignments(source)
        assert (opened.credit, opened.credit_since) == (Credit.SINCE, day)


def test_crediting_everything_needs_no_day(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.free_source)

        assignments.assign(actor, world.acme.partner, [source], Credit.ALL, date(2026, 1, 31))

        (opened,) = open_assignments(source)
        assert (opened.credit, opened.credit_since) == (Credit.ALL, None)


@pytest.mark.parametrize("day", [None, now().date() + timedelta(days=2)])
def test_crediting_since_a_day_needs_one_that_has_come(world, inside, day):
    with inside(world.acme) as actor:
        source = here(world.acme.free_source)

        with pytest.raises(Invalid) as refused:
            assignments.assign(actor, world.acme.partner, [source], Credit.SINCE, day)

        assert refused.value.field == "since"


def test_each_assigned_source_has_its_own_event(app, world, inside):
    sources = many_sources(app, world.acme, 3)
    with inside(world.acme) as actor:
        assignments.assign(actor, world.acme.partner, sources)

        recorded = events("source.assigned")
        assert {event.object_name for event in recorded} == {source.name for source in sources}
        assert {event.partner_id for event in recorded} == {world.acme.partner.id}
        assert len({event.deed_id for event in recorded}) == 1


def test_a_source_that_is_with_somebody_refuses_the_whole_selection(world, inside):
    with inside(world.acme) as actor:
        free, taken = here(world.acme.free_source), here(world.acme.other_source)

        with pytest.raises(Refusal) as refused:
            assignments.assign(actor, world.acme.partner, [free, taken])

        assert refused.value.sentence == "“acme-other-source” is with acme-other now."
        assert partner_of_stored(free) is None
        assert events("source.assigned") == []


def test_a_refusal_names_three_and_counts_the_others(app, world, inside):
    sources = many_sources(app, world.acme, 5, world.acme.other_partner)
    with inside(world.acme) as actor:
        with pytest.raises(Refusal) as refused:
            assignments.assign(actor, world.acme.partner, sources)

        assert refused.value.sentence.count("is with acme-other now") == 3
        assert refused.value.sentence.endswith("So it is for 2 more.")


def test_a_deleted_source_cannot_be_assigned(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.free_source)
        sources_.delete(actor, source)

        with pytest.raises(Refusal) as refused:
            assignments.assign(actor, world.acme.partner, [source])

        assert refused.value.sentence == "“acme-free-source” was deleted."


def test_an_archived_partner_takes_no_sources(world, inside):
    with inside(world.acme) as actor:
        here(world.acme.partner).status = PartnerStatus.ARCHIVED
        db.session.flush()

        with pytest.raises(Refusal, match="archived"):
            assignments.assign(actor, world.acme.partner, [here(world.acme.free_source)])


@pytest.mark.parametrize("number", [0, assignments.MOST + 1])
def test_no_sources_and_too_many_are_refused(world, inside, number):
    with inside(world.acme) as actor:
        sources = [here(world.acme.free_source)] * number

        with pytest.raises(Invalid):
            assignments.assign(actor, world.acme.partner, sources)


def test_sales_assigns_nothing_even_when_a_screen_forgets_to_ask(world, inside):
    with inside(world.acme, world.acme.sales) as actor, pytest.raises(Forbidden):
        assignments.unassign(actor, [here(world.acme.source)])


def test_the_number_of_statements_does_not_grow_with_the_selection(app, world, inside):
    few, lots = many_sources(app, world.acme, 1), many_sources(app, world.rival, 300)
    taken = []
    for side, sources in ((world.acme, few), (world.rival, lots)):
        with inside(side) as actor, counted() as statements:
            assignments.assign(actor, side.partner, sources)
            assignments.move(actor, side.other_partner, sources)
            undo.undo(actor, assignments.unassign(actor, sources))
        taken.append(len(statements))

    assert taken[0] == taken[1]


def test_moving_ends_one_assignment_and_begins_another(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)

        assignments.move(actor, world.acme.other_partner, [source])

        (opened,) = open_assignments(source)
        assert opened.partner_id == world.acme.other_partner.id
        ended = db.session.scalars(
            select(Assignment).where(
                Assignment.source_id == source.id, Assignment.ended_at.is_not(None)
            )
        ).one()
        assert ended.partner_id == world.acme.partner.id
        assert ended.ended_by_id == actor.membership_id


def test_neither_partner_reads_of_a_move_who_the_other_is(world, inside):
    with inside(world.acme) as actor:
        assignments.move(actor, world.acme.other_partner, [here(world.acme.source)])

        (gone,), (come,) = events("source.moved_away"), events("source.moved_in")
        assert gone.partner_id == world.acme.partner.id
        assert "acme-other" not in str([gone.before, gone.after])
        assert come.partner_id == world.acme.other_partner.id
        assert "acme-partner" not in str([come.before, come.after])


def test_a_source_is_not_moved_to_where_it_is(world, inside):
    with inside(world.acme) as actor, pytest.raises(Refusal, match="already"):
        assignments.move(actor, world.acme.partner, [here(world.acme.source)])


def test_what_is_with_nobody_is_neither_moved_nor_unassigned(world, inside):
    with inside(world.acme) as actor:
        free = here(world.acme.free_source)

        with pytest.raises(Refusal, match="not assigned"):
            assignments.move(actor, world.acme.partner, [free])
        with pytest.raises(Refusal, match="not assigned"):
            assignments.unassign(actor, [free])


def test_what_is_assigned_is_moved_rather_than_assigned_again(world, inside):
    with inside(world.acme), pytest.raises(Refusal, match="move it instead"):
        assignments.check_free([here(world.acme.source)])


def test_a_source_that_went_elsewhere_meanwhile_is_not_unassigned(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        seen_before = Source(id=source.id, name=source.name, partner_id=source.partner_id)
        assignments.move(actor, world.acme.other_partner, [source])

        with pytest.raises(Refusal) as refused:
            assignments.unassign(actor, [seen_before])

        assert refused.value.sentence == "“acme-source” is with acme-other now."
        assert partner_of_stored(source) == world.acme.other_partner.id


def test_a_source_that_was_unassigned_meanwhile_is_not_moved(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        seen_before = Source(id=source.id, name=source.name, partner_id=source.partner_id)
        assignments.unassign(actor, [source])

        with pytest.raises(Refusal) as refused:
            assignments.move(actor, world.acme.other_partner, [seen_before])

        assert refused.value.sentence == "“acme-source” is with nobody now."


def test_unassigning_ends_the_assignment_and_leaves_the_status(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)

        assignments.unassign(actor, [source])

        assert partner_of_stored(source) is None
        assert open_assignments(source) == []
        assert here(source).status == world.acme.source.status


def test_undo_brings_the_same_assignment_back(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        (before,) = open_assignments(source)
        event = assignments.unassign(actor, [source])

        undo.undo(actor, event)

        (after,) = open_assignments(source)
        assert (after.id, after.began_at, after.ended_by_id) == (before.id, before.began_at, None)
        assert partner_of_stored(source) == world.acme.partner.id


def test_one_undo_takes_back_a_whole_selection_from_several_partners(world, inside):
    with inside(world.acme) as actor:
        sources = [here(world.acme.source), here(world.acme.other_source)]
        event = assignments.unassign(actor, sources)

        undo.undo(actor, event)

        assert [partner_of_stored(source) for source in sources] == [
            world.acme.partner.id,
            world.acme.other_partner.id,
        ]
        assert len(events("source.unassign_undone")) == 2


def test_a_selection_is_undone_once_from_whichever_of_its_events(world, inside):
    with inside(world.acme) as actor:
        sources = [here(world.acme.source), here(world.acme.other_source)]
        assignments.unassign(actor, sources)
        first, second = events("source.unassigned")
        undo.undo(actor, first)

        with pytest.raises(Refusal, match="already"):
            undo.undo(actor, second)


def test_undo_is_refused_once_the_source_is_with_somebody_else(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        event = assignments.unassign(actor, [source])
        assignments.assign(actor, world.acme.other_partner, [source])

        with pytest.raises(Refusal) as refused:
            undo.undo(actor, event)

        assert refused.value.sentence == "“acme-source” is with acme-other now."
        assert partner_of_stored(source) == world.acme.other_partner.id


def test_undo_is_refused_when_somebody_else_had_the_source_in_between(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        event = assignments.unassign(actor, [source])
        assignments.assign(actor, world.acme.other_partner, [source])
        assignments.unassign(actor, [source])

        with pytest.raises(Refusal, match="in the meantime"):
            undo.undo(actor, event)

        assert partner_of_stored(source) is None


def test_undo_gives_nothing_back_to_a_partner_that_was_archived_since(world, inside):
    with inside(world.acme) as actor:
        source, partner = here(world.acme.source), here(world.acme.partner)
        event = assignments.unassign(actor, [source])
        partners.archive(actor, partner)

        with pytest.raises(Refusal, match="takes no sources"):
            undo.undo(actor, event)

        assert partner_of_stored(source) is None


def test_undo_needs_the_permission_of_the_deed(world, inside):
    with inside(world.acme) as actor:
        event = assignments.unassign(actor, [here(world.acme.source)])
        here(world.acme.admin)
        demoted = type(actor)(**{**actor.__dict__, "role": world.acme.sales.role})

        with pytest.raises(Forbidden):
            undo.undo(demoted, event)


def test_the_database_itself_refuses_a_partner_of_another_tenant(world, inside):
    with inside(world.acme) as actor, pytest.raises(Exception, match=r"(?i)foreign key"):
        assignments.assign(actor, world.rival.partner, [here(world.acme.free_source)])


def test_nothing_of_another_tenant_is_touched(world, inside):
    with inside(world.acme) as actor:
        foreign = Source(id=world.rival.free_source.id, name="rival-free-source")

        with pytest.raises(Refusal):
            assignments.assign(actor, world.acme.partner, [here(world.acme.free_source), foreign])

    with inside(world.rival):
        assert partner_of_stored(world.rival.free_source) is None
        assert db.session.scalar(select(func.count()).select_from(Partner)) == 2
        assert db.session.scalar(select(func.count()).select_from(Membership)) == 6
