"""Leads found by an address, a number or an identifier, however it is typed."""

import pytest
from sqlalchemy import select

from models import Lead, across_tenants, db
from models.base import public_id
from operations.lead_search import sought
from tests.leads import lead_of


@pytest.fixture
def lead(app, world):
    with app.app_context(), across_tenants(db.session):
        row = lead_of(world.acme, world.acme.source)
        lead_of(world.acme, world.acme.source, fields={"email": "", "phone": ""})
        lead_of(world.rival, world.rival.source)
        db.session.commit()
    return row


def found(typed):
    return db.session.scalars(select(Lead.id).where(sought(typed))).all()


@pytest.mark.parametrize(
    "typed",
    [
        "jane.doe@example.com",
        "  Jane.Doe@Example.COM ",
        "+13125550142",
        "+1 312 555 0142",
        "(312) 555-0142",
        "3125550142",
        "1 312.555.0142",
        "13125550142",
    ],
)
def test_what_people_type_finds_it(world, inside, lead, typed):
    with inside(world.acme):
        assert found(typed) == [lead.id]


def test_both_identifiers_find_it(world, inside, lead):
    with inside(world.acme):
        assert found(lead.public_id) == [lead.id]
        assert found(public_id("submission", lead.id)) == [lead.id]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "jane",
        "jane.doe",
        "555",
        "0142",
        "lead_",
        "source_01h455vb4pex5vsknk084sn02q",
        "+++++",
        "99999",
    ],
)
def test_anything_else_finds_nothing_that_was_not_meant(world, inside, lead, typed):
    with inside(world.acme):
        assert lead.id not in found(typed)


def test_another_tenants_lead_is_not_found(world, inside, lead):
    with inside(world.rival):
        assert lead.id not in found(lead.public_id)
        assert lead.id not in found("jane.doe@example.com")
