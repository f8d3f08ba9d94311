"""Tenants: their settings."""

import pytest
from sqlalchemy import select

from models import AuditEvent, Role, Tenant, db
from operations import tenants
from operations.refusal import Forbidden, Invalid, Refusal
from operations.tenants import TenantValues


def kept(tenant):
    return db.session.get_one(Tenant, tenant.id)


def test_an_admin_changes_the_settings_and_the_change_is_audited(world, inside):
    with inside(world.acme) as actor:
        wanted = TenantValues("  acme   renamed ", "Europe/Athens", 14, 60)

        event = tenants.edit_settings(actor, kept(world.acme.tenant), wanted)
        db.session.commit()

        assert kept(world.acme.tenant).time_zone == "Europe/Athens"
        assert event.kind == "settings.edited"
        assert event.before["name"] == "acme-tenant"
        assert event.after == {
            "name": "acme renamed",
            "time_zone": "Europe/Athens",
            "invite_days": 14,
            "idle_minutes": 60,
        }


def test_saving_without_a_change_records_nothing(world, inside):
    with inside(world.acme) as actor:
        event = tenants.edit_settings(
            actor, kept(world.acme.tenant), TenantValues("acme-tenant", "UTC")
        )

        assert event is None
        assert db.session.scalars(select(AuditEvent)).all() == []


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (TenantValues("", "UTC"), "name"),
        (TenantValues("x" * 201, "UTC"), "name"),
        (TenantValues("acme", "Mars/Olympus"), "time_zone"),
        (TenantValues("acme", "../../etc/passwd"), "time_zone"),
        (TenantValues("acme", "UTC", invite_days=0), "invite_days"),
        (TenantValues("acme", "UTC", invite_days=31), "invite_days"),
        (TenantValues("acme", "UTC", idle_minutes=4), "idle_minutes"),
        (TenantValues("acme", "UTC", idle_minutes=721), "idle_minutes"),
        (TenantValues("acme", "UTC", submission_days=0), "submission_days"),
        (TenantValues("acme", "UTC", currency="XXX"), "currency"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_field(world, inside, wanted, field):
    with inside(world.acme) as actor, pytest.raises(Invalid) as refused:
        tenants.edit_settings(actor, kept(world.acme.tenant), wanted)

    assert refused.value.field == field


def test_only_admins_change_settings_and_only_their_own_tenants(world, inside):
    wanted = TenantValues("taken over", "UTC")

    with inside(world.acme, world.acme.support) as actor, pytest.raises(Forbidden):
        tenants.edit_settings(actor, kept(world.acme.tenant), wanted)
    with inside(world.acme) as actor, pytest.raises(Forbidden):
        tenants.edit_settings(actor, kept(world.rival.tenant), wanted)


def test_an_address_that_could_pass_for_somebody_elses_is_none():
    with pytest.raises(Invalid):
        tenants.check_address("\u017fupport@mail.example")


def test_nobody_gives_more_than_they_hold_and_nobody_joins_twice(world, inside):
    user = world.rival.sales.user

    with inside(world.acme, world.acme.support) as actor, pytest.raises(Forbidden):
        tenants.add_staff(actor, user, Role.ADMIN)
    with inside(world.acme) as actor, pytest.raises(Invalid):
        tenants.add_staff(actor, user, Role.PARTNER_ADMIN)
    with inside(world.acme) as actor, pytest.raises(Refusal):
        tenants.add_staff(actor, world.acme.sales.user, Role.SALES)
