"""The wall between tenants, and between the partners of one tenant."""

import gc
import weakref

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import aliased, joinedload

from models import (
    Credential,
    Membership,
    Partner,
    PartnerTag,
    Role,
    Scope,
    SignInAttempt,
    Source,
    across_tenants,
    db,
    enter,
)
from models.base import new_id
from models.tenancy import SCOPES_KEPT, ForeignRowError, ScopeMissingError
from tests.intake import key_of


def names(query):
    return sorted(row.name for row in db.session.scalars(query))


def test_without_a_scope_a_tenants_rows_cannot_be_read(app, world):
    with app.app_context(), pytest.raises(ScopeMissingError):
        db.session.scalars(select(Partner)).all()


def test_without_a_scope_a_tenants_rows_cannot_be_written(app, world):
    with app.app_context(), pytest.raises(ScopeMissingError):
        db.session.add(Partner(tenant_id=world.acme.tenant.id, name="nobody's"))
        db.session.flush()


def test_one_statement_serves_any_number_of_scopes(world, inside):
    everybodys = select(Partner)
    strangers = [Scope(world.rival.tenant.id, new_id()) for _ in range(SCOPES_KEPT + 1)]

    with inside(world.acme):
        for scope in strangers:
            enter(db.session, scope)
            assert names(everybodys) == []
        enter(db.session, Scope(world.acme.tenant.id))
        assert names(everybodys) == ["acme-other", "acme-partner"]


def test_a_statement_goes_with_the_request_that_built_it(world, inside):
    with inside(world.acme):
        statement = select(Partner)
        names(statement)
        kept = weakref.ref(statement)
        del statement
        gc.collect()

    assert kept() is None


def test_staff_read_their_own_tenant_only(world, inside):
    with inside(world.acme):
        assert names(select(Partner)) == ["acme-other", "acme-partner"]


def test_two_scopes_one_after_the_other_do_not_mix(world, inside):
    with inside(world.acme):
        seen_by_acme = names(select(Source))
    with inside(world.rival):
        seen_by_rival = names(select(Source))

    assert all(name.startswith("acme-") for name in seen_by_acme)
    assert all(name.startswith("rival-") for name in seen_by_rival)


def test_a_foreign_row_is_not_found_by_its_key(world, inside):
    with inside(world.acme):
        key = (world.rival.tenant.id, world.rival.partner.id)

        assert db.session.get(Partner, key) is None


def test_partner_people_see_their_own_partners_rows_only(world, inside):
    with inside(world.acme, world.acme.partner_admin):
        assert names(select(Partner)) == ["acme-partner"]
        assert names(select(Source)) == ["acme-source"]


def test_two_partners_one_after_the_other_do_not_mix(world, inside):
    with inside(world.acme, world.acme.partner_user):
        assert names(select(Source)) == ["acme-source"]
    with inside(world.rival, world.rival.partner_user):
        assert names(select(Source)) == ["rival-source"]


def test_partner_people_see_no_table_that_did_not_say_so(app, world, inside):
    tag = PartnerTag(
        tenant_id=world.acme.tenant.id, partner_id=world.acme.partner.id, tag="acme-tag"
    )
    with app.app_context(), across_tenants(db.session):
        db.session.add(tag)
        db.session.commit()

    with inside(world.acme, world.acme.partner_admin):
        assert db.session.scalars(select(PartnerTag)).all() == []


def test_relations_stop_at_the_wall_too(world, inside):
    with inside(world.acme, world.acme.partner_admin):
        loaded = db.session.scalars(select(Source).options(joinedload(Source.partner))).one()

        assert loaded.partner.name == "acme-partner"


@pytest.mark.parametrize("table", [Source, Credential])
def test_what_is_joined_under_another_name_stops_at_the_wall_too(world, inside, table):
    """Also where the query has a row of their own in that table, which lets that one through."""
    other = aliased(table)
    pairs = select(table.id, other.id).join(other, other.id != table.id)
    alone = select(Partner.id, other.id).join(other, other.tenant_id == Partner.tenant_id)
    with inside(world.acme):
        sources = (world.acme.source, world.acme.other_source)
        theirs = [key_of(world.acme, source)[1].id for source in sources]
        own = world.acme.source.id if table is Source else theirs[0]

        enter(db.session, Scope(world.acme.tenant.id, world.acme.partner.id))

        assert db.session.execute(pairs).all() == []
        assert {row[1] for row in db.session.execute(alone).all()} == {own}


def test_an_update_reaches_only_rows_in_scope(world, inside):
    with inside(world.acme):
        result = db.session.execute(update(Source).values(vertical="changed"))
        db.session.commit()

    assert result.rowcount == 3
    with inside(world.rival):
        verticals = {row.vertical for row in db.session.scalars(select(Source))}
    assert verticals == {""}


def test_a_new_row_is_stamped_with_the_scope(world, inside):
    with inside(world.acme):
        partner = Partner(name="acme-new")
        db.session.add(partner)
        db.session.commit()

        assert partner.tenant_id == world.acme.tenant.id


def test_a_row_of_another_tenant_is_refused_at_the_flush(world, inside):
    with inside(world.acme), pytest.raises(ForeignRowError):
        db.session.add(Partner(tenant_id=world.rival.tenant.id, name="smuggled"))
        db.session.flush()


def test_partner_people_cannot_write_another_partners_rows(world, inside):
    member = Membership(
        user_id=world.acme.admin.user_id,
        partner_id=world.acme.other_partner.id,
        role=Role.PARTNER_ADMIN,
    )
    with inside(world.acme, world.acme.partner_admin), pytest.raises(ForeignRowError):
        db.session.add(member)
        db.session.flush()


def test_partner_people_cannot_write_tables_of_staff(world, inside):
    with inside(world.acme, world.acme.partner_admin), pytest.raises(ForeignRowError):
        db.session.add(PartnerTag(partner_id=world.acme.partner.id, tag="own"))
        db.session.flush()


@pytest.mark.parametrize("whose", ["rival", "acme"])
def test_a_bulk_insert_is_checked_row_by_row(world, inside, whose):
    row = {
        "tenant_id": getattr(world, whose).tenant.id,
        "id": new_id(),
        "partner_id": world.acme.other_partner.id,
        "name": "bulk",
        "name_key": "bulk",
        "version": 1,
    }

    with inside(world.acme, world.acme.partner_admin), pytest.raises(ForeignRowError):
        db.session.execute(insert(Source), [row])


def test_a_bulk_insert_of_own_rows_is_taken(world, inside):
    row = {
        "tenant_id": world.acme.tenant.id,
        "id": new_id(),
        "name": "acme-bulk",
        "name_key": "acme-bulk",
        "version": 1,
    }

    with inside(world.acme):
        db.session.execute(insert(Source), [row])

        assert "acme-bulk" in names(select(Source))


def test_the_database_itself_refuses_a_reference_into_another_tenant(app, world):
    smuggled = Source(
        tenant_id=world.acme.tenant.id, name="smuggled", partner_id=world.rival.partner.id
    )
    with app.app_context(), across_tenants(db.session):
        db.session.add(smuggled)

        with pytest.raises(Exception, match=r"(?i)foreign key"):
            db.session.flush()


def test_what_belongs_to_no_tenant_is_inserted_in_bulk_as_it_is(world, inside):
    row = {"id": new_id(), "email_key": "a@mail.example", "address": "192.0.2.1"}

    with inside(world.acme):
        db.session.execute(insert(SignInAttempt), [row])

        assert db.session.get(SignInAttempt, row["id"]) is not None
