"""Who may do what: the table, and what follows from it."""

import pytest

from models import Role
from policy import (
    GRANTS,
    READ_ONLY,
    Actor,
    Permission,
    command_line,
    grantable,
    may,
    may_change,
    may_grant,
)

SPEC = {
    Permission.PARTNERS_EDIT: {Role.ADMIN, Role.CUSTOMER_SUPPORT},
    Permission.SOURCES_ASSIGN: {Role.ADMIN, Role.CUSTOMER_SUPPORT},
    Permission.SOURCES_CREDENTIALS: {Role.ADMIN, Role.PARTNER_ADMIN},
    Permission.USERS_EDIT: {Role.ADMIN, Role.CUSTOMER_SUPPORT, Role.PARTNER_ADMIN},
    Permission.INVITES_SEND: {
        Role.ADMIN,
        Role.CUSTOMER_SUPPORT,
        Role.SALES,
        Role.PARTNER_ADMIN,
    },
    Permission.AUDIT_VIEW: {Role.ADMIN, Role.PARTNER_ADMIN},
    Permission.TEAM_MANAGE: {Role.ADMIN},
    Permission.SETTINGS_MANAGE: {Role.ADMIN},
}


def actor(role, **more):
    return Actor(name="x", email="x@mail.example", tenant_id=1, role=role, **more)


@pytest.mark.parametrize("permission", SPEC)
def test_the_table_says_what_the_contract_says(permission):
    assert {role for role in Role if may(actor(role), permission)} == SPEC[permission]


def test_every_permission_stands_in_the_table():
    assert set().union(*GRANTS.values()) == set(Permission)


def test_a_preview_may_look_and_nothing_else():
    seen = actor(Role.PARTNER_ADMIN, is_preview=True)

    allowed = {permission for permission in Permission if may(seen, permission)}

    assert allowed == GRANTS[Role.PARTNER_ADMIN] & READ_ONLY
    assert not may_grant(seen, Role.PARTNER_USER)


@pytest.mark.parametrize(
    ("giver", "given"),
    [
        (Role.ADMIN, set(Role)),
        (
            Role.CUSTOMER_SUPPORT,
            {Role.CUSTOMER_SUPPORT, Role.PARTNER_USER, Role.DATA_VALIDATION, Role.SALES},
        ),
        (Role.SALES, {Role.SALES, Role.PARTNER_USER}),
        (Role.DATA_VALIDATION, {Role.DATA_VALIDATION}),
        (Role.PARTNER_ADMIN, {Role.PARTNER_ADMIN, Role.PARTNER_USER}),
        (Role.PARTNER_USER, {Role.PARTNER_USER}),
    ],
)
def test_nobody_grants_a_role_that_holds_more_than_their_own(giver, given):
    assert {role for role in Role if may_grant(actor(giver), role)} == given


def test_roles_are_offered_smallest_first_and_only_those_of_the_place():
    admin = actor(Role.ADMIN)

    assert grantable(admin, in_partner=True) == [Role.PARTNER_USER, Role.PARTNER_ADMIN]
    assert grantable(admin, in_partner=False)[-1] == Role.ADMIN


def test_staff_members_are_changed_by_those_who_manage_the_team(world):
    assert may_change(actor(Role.ADMIN), world.acme.sales)
    assert not may_change(actor(Role.CUSTOMER_SUPPORT), world.acme.sales)


def test_the_target_role_counts_too(world):
    support = actor(Role.CUSTOMER_SUPPORT)

    assert may_change(support, world.acme.partner_user)
    assert not may_change(support, world.acme.partner_admin)


def test_the_command_line_acts_as_an_admin_of_the_tenant_it_names():
    assert command_line(7).is_staff
    assert may(command_line(7), Permission.TEAM_MANAGE)
