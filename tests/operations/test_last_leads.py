"""When each of a partner's sources last brought a lead."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models import MetricDay, Source, db, now
from operations import last_leads
from tests.leads import lead_of

HOUR = timedelta(hours=1)


@pytest.fixture
def found(world, inside):
    """What is found of all of acme's sources."""

    def look():
        with inside(world.acme):
            return last_leads.of_sources(db.session.scalars(select(Source)).all())

    return look


def counted(side, source, days, partner=None):
    """Let the worker have counted a lead, so many days ago."""
    own = {"source_id": source.id, "partner_id": partner or source.partner_id}
    day = now().date() - timedelta(days=days)
    db.session.add(MetricDay(tenant_id=side.tenant.id, day=day, accepted=1, **own))
    db.session.flush()


def test_nothing_is_found_of_no_source(world, inside):
    with inside(world.acme):
        assert last_leads.of_sources([]) == {}


def test_the_newest_lead_counts_and_no_test(world, add, found):
    newest = now() - HOUR
    for at in (now() - 2 * HOUR, newest):
        add(lambda side, at=at: lead_of(side, side.source, at=at))
    add(lambda side: lead_of(side, side.source, is_test=True))

    assert found() == {world.acme.source.id: newest}


def test_an_old_lead_is_found_from_the_day_it_was_counted_on(world, add, found):
    old = now() - timedelta(days=200)
    add(lambda side: lead_of(side, side.source, at=old))
    add(lambda side: counted(side, side.source, 200))

    assert found() == {world.acme.source.id: old}


def test_a_lead_of_the_partner_before_is_nobodys_business(world, add, found):
    add(lambda side: lead_of(side, side.source, partner_id=side.other_partner.id))
    add(lambda side: counted(side, side.source, 0, side.other_partner.id))

    assert found() == {}
