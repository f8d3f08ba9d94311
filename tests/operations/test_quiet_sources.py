"""Quiet sources: compared with the same hours of the weeks before, told once for each change."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models import CallHour, Flow, Letter, PartnerStatus, Source, SourceStatus, across_tenants, db
from models.base import new_id
from operations import quiet_sources
from operations.quiet_sources import Window

#: A Wednesday; the hours before 14:00 are complete.
MOMENT = datetime(2026, 11, 18, 14, 20, tzinfo=UTC)
STEADY = (40, 38, 44, 41)


@pytest.fixture
def looked(inside, world):
    """Look at acme's sources as of a moment, and say how its source compares since then."""

    def look(moment=MOMENT):
        with inside(world.acme):
            quiet_sources.look_at(moment)
            db.session.commit()
            return source_of(world).flow

    return look


def source_of(world):
    return db.session.scalars(select(Source).where(Source.id == world.acme.source.id)).one()


def called(inside, world, lately, before=STEADY, hours_ago=2):
    """So many calls came in one hour lately, and in that hour of each week before."""
    hour = MOMENT.replace(minute=0) - timedelta(hours=hours_ago)
    with inside(world.acme):
        for week, calls in enumerate((lately, *before)):
            if calls:
                row = CallHour(
                    source_id=world.acme.source.id,
                    partner_id=world.acme.partner.id,
                    credential_id=new_id(),
                    hour=hour - timedelta(weeks=week),
                    calls=calls,
                )
                db.session.add(row)
        db.session.commit()


def managed(inside, world):
    """Give acme's partner an account manager."""
    with inside(world.acme):
        db.session.merge(world.acme.partner).account_manager_id = world.acme.sales.id
        db.session.commit()


def letters(inside, world):
    with inside(world.acme):
        query = select(Letter).where(Letter.kind == "source_flow").order_by(Letter.id)
        return db.session.scalars(query).all()


@pytest.mark.parametrize(
    ("lately", "flow"),
    [
        (0, Flow.SILENT),
        (5, Flow.LATE),
        (38, Flow.NORMAL),
        (52, Flow.NORMAL),
        (90, Flow.SURGING),
    ],
)
def test_the_last_hours_are_compared_with_the_weeks_before(inside, world, looked, lately, flow):
    called(inside, world, lately)

    assert looked() is flow


def test_weeks_that_differ_widely_allow_more(inside, world, looked):
    called(inside, world, 90, before=(20, 80, 40, 60))

    assert looked() is Flow.NORMAL


def test_a_source_of_few_calls_an_hour_is_judged_by_the_day(inside, world, looked):
    called(inside, world, 0, before=(8, 7, 9, 8), hours_ago=20)

    assert looked() is Flow.SILENT


def test_a_source_of_which_too_little_is_known_is_left_alone(inside, world, looked):
    called(inside, world, 0, before=(40, 0, 0, 0))

    assert looked() is Flow.NORMAL


def test_the_hour_that_is_not_over_yet_does_not_count(inside, world, looked):
    called(inside, world, 0)
    with inside(world.acme):
        own = {"source_id": world.acme.source.id, "partner_id": world.acme.partner.id}
        hour = MOMENT.replace(minute=0)
        db.session.add(CallHour(**own, credential_id=new_id(), hour=hour, calls=50))
        db.session.commit()

    assert looked() is Flow.SILENT


@pytest.mark.parametrize(
    "change",
    [
        lambda world: setattr(source_of(world), "status", SourceStatus.PAUSED),
        lambda world: setattr(source_of(world), "deleted_at", MOMENT),
        lambda world: setattr(db.session.merge(world.acme.partner), "status", PartnerStatus.PAUSED),
    ],
    ids=["paused", "deleted", "partner paused"],
)
def test_a_source_that_is_off_is_not_called_silent(inside, world, looked, change):
    called(inside, world, 0)
    was = looked()
    with inside(world.acme):
        change(world)
        db.session.commit()

    assert was is Flow.SILENT
    assert looked() is Flow.NORMAL
    assert letters(inside, world) == []


def test_the_account_manager_is_told_once_for_each_change(inside, world, looked):
    managed(inside, world)
    called(inside, world, 0)

    looked()
    looked(MOMENT + timedelta(minutes=5))

    (letter,) = letters(inside, world)
    assert letter.to_email == world.acme.sales.user.email
    assert (letter.facts["flow"], letter.facts["expected"]) == ("silent", 40)


def test_the_account_manager_is_told_when_it_is_over(inside, world, looked):
    managed(inside, world)
    called(inside, world, 0)
    looked()

    called(inside, world, 40, before=(), hours_ago=1)
    called(inside, world, 0, before=STEADY, hours_ago=-20)
    called(inside, world, 40, before=(), hours_ago=-20)

    later = looked(MOMENT + timedelta(hours=22))

    assert later is Flow.NORMAL
    assert [letter.facts["flow"] for letter in letters(inside, world)] == ["silent", "normal"]


def test_silence_lasts_until_something_can_be_said_again(inside, world, looked):
    called(inside, world, 0)

    assert looked() is Flow.SILENT
    assert looked(MOMENT + timedelta(days=2)) is Flow.SILENT


def test_where_nobody_manages_the_partner_the_lists_alone_show_it(inside, world, looked):
    called(inside, world, 0)

    assert looked() is Flow.SILENT
    assert letters(inside, world) == []


def test_a_source_with_nobody_is_noted_and_nobody_is_told(inside, world, looked):
    called(inside, world, 0)
    with inside(world.acme):
        source_of(world).partner_id = None
        db.session.commit()

    assert looked() is Flow.SILENT


def test_the_clock_looks_at_every_tenant_and_mixes_none(app, inside, world):
    called(inside, world, 0)

    with app.app_context(), across_tenants(db.session):
        quiet_sources.look()
        db.session.commit()
        flows = select(Source.flow).where(Source.tenant_id == world.rival.tenant.id).distinct()

        assert db.session.scalars(flows).all() == [Flow.NORMAL]


def test_two_workers_note_a_change_once(app, inside, world):
    managed(inside, world)
    called(inside, world, 0)
    with inside(world.acme):
        stale = source_of(world)
        db.session.expunge(stale)
        quiet_sources.look_at(MOMENT)
        db.session.commit()

        noted = quiet_sources.note(stale, Flow.SILENT, MOMENT)

    assert not noted


def test_no_calls_at_all_are_silence():
    assert Window(3, 0, STEADY).flow is Flow.SILENT
