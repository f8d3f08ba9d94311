"""Counting and people at the same partners: rows are locked, in one order, on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select, text

from models import Outcome, Partner, across_tenants, db
from operations import metrics, standings
from tests.received import call, recently
from tests.waiting import until_somebody_waits

#: As operations/place_locks.py does.
HOLD = text("SELECT id FROM partner WHERE id = :id FOR NO KEY UPDATE")


def count(app, tenant_id):
    with app.app_context(), across_tenants(db.session):
        metrics.count(tenant_id)
        db.session.commit()


def test_a_count_that_waits_for_a_partner_holds_none_that_comes_after_it(app, world, stored):
    """Else whoever holds this one, and asks for that one next, would wait for it in a circle."""
    acme = world.acme
    first, last = sorted(partner.id for partner in (acme.partner, acme.other_partner))
    stored(lambda: standings.follow(acme.tenant.id))
    for source, partner in ((acme.other_source, acme.other_partner), (acme.source, acme.partner)):
        stored(
            lambda source=source, partner=partner: call(
                source, Outcome.ACCEPTED, partner, **recently()
            )
        )

    with app.app_context(), db.engine.connect() as somebody, ThreadPoolExecutor(1) as worker:
        somebody.execute(HOLD, {"id": first})
        counting = worker.submit(count, app, acme.tenant.id)
        until_somebody_waits(somebody)
        somebody.execute(HOLD, {"id": last})
        somebody.commit()
        counting.result()

    with app.app_context(), across_tenants(db.session):
        rows = db.session.execute(select(Partner.id, Partner.received_30)).all()
    found = {row.id: row.received_30 for row in rows}
    assert (found[first], found[last]) == (1, 1)
