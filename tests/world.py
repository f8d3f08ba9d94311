"""The two-tenant world that tests act in; every name carries its tenant's marker."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import text

from config import Settings
from models import (
    Assignment,
    Invite,
    Letter,
    Membership,
    Partner,
    Role,
    Source,
    SourceStatus,
    Tenant,
    User,
    db,
    now,
)
from operations import passwords

PASSWORD = "correct horse battery"
WEAK = Settings(secret_key="", database_url="", instance=None, password_memory=8, password_passes=1)
HASH = passwords.hashed(PASSWORD, WEAK)
Row = TypeVar("Row")
#: Thousands of rows, or what is left of them. Each that is taken out is asked for who refers to it,
#: as was planned while there were few: by reading whole tables, which took minutes.
IS_BULKY = """SELECT max(pg_relation_size(oid)) > 1000000 FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""


@dataclass
class Side:
    """One tenant with one person of each role, and two partners."""

    marker: str
    tenant: Tenant
    admin: Membership
    support: Membership
    sales: Membership
    validation: Membership
    partner: Partner
    other_partner: Partner
    partner_admin: Membership
    partner_user: Membership
    source: Source
    free_source: Source
    other_source: Source
    invite: Invite

    @property
    def people(self) -> list[Membership]:
        return [
            self.admin,
            self.support,
            self.sales,
            self.validation,
            self.partner_admin,
            self.partner_user,
        ]


@dataclass
class World:
    acme: Side
    rival: Side


def build() -> World:
    return World(side("acme"), side("rival"))


def side(marker: str) -> Side:
    """Make one tenant. Each test has its own two: what can be written together is."""
    tenant = added(Tenant(name=f"{marker}-tenant"))
    partner, other, free_source, *staff = together(
        a_partner(tenant, f"{marker}-partner"),
        a_partner(tenant, f"{marker}-other"),
        a_source(tenant, f"{marker}-free-source"),
        *(a_member(marker, tenant, role) for role in Role if not role.is_partner_role),
    )
    people = {person.role: person for person in staff}
    admin = people[Role.ADMIN]
    source, other_source, partner_admin, partner_user, letter = together(
        a_source(tenant, f"{marker}-source", partner),
        a_source(tenant, f"{marker}-other-source", other),
        a_member(marker, tenant, Role.PARTNER_ADMIN, partner),
        a_member(marker, tenant, Role.PARTNER_USER, partner),
        a_letter(tenant, f"{marker}-invitee@mail.example", partner),
    )
    invite, *_ = together(
        an_invite(letter, Role.PARTNER_USER, admin),
        an_assignment(source, admin),
        an_assignment(other_source, admin),
    )
    return Side(
        marker=marker,
        tenant=tenant,
        admin=admin,
        support=people[Role.CUSTOMER_SUPPORT],
        sales=people[Role.SALES],
        validation=people[Role.DATA_VALIDATION],
        partner=partner,
        other_partner=other,
        partner_admin=partner_admin,
        partner_user=partner_user,
        source=source,
        other_source=other_source,
        free_source=free_source,
        invite=invite,
    )


def together(*rows: Any) -> tuple[Any, ...]:
    """Write rows that do not refer to each other, with one statement for all of a table."""
    db.session.add_all(rows)
    db.session.flush()
    return rows


def added(row: Row) -> Row:
    db.session.add(row)
    db.session.flush()
    return row


def a_user(email: str, name: str) -> User:
    return User(email=email, name=name, password_hash=HASH)


def user_of(email: str, name: str) -> User:
    return added(a_user(email, name))


def a_member(marker: str, tenant: Tenant, role: Role, partner: Partner | None = None) -> Membership:
    word = role.value.replace("_", "-")
    return Membership(
        tenant_id=tenant.id,
        user=a_user(f"{marker}-{word}@mail.example", f"{marker}-{word}"),
        role=role,
        partner_id=partner.id if partner else None,
    )


def member(marker: str, tenant: Tenant, role: Role, partner: Partner | None = None) -> Membership:
    return added(a_member(marker, tenant, role, partner))


def a_partner(tenant: Tenant, name: str, **values: object) -> Partner:
    return Partner(tenant_id=tenant.id, name=name, notes=f"{name}-notes", **values)


def partner_of(tenant: Tenant, name: str, **values: object) -> Partner:
    return added(a_partner(tenant, name, **values))


def a_source(tenant: Tenant, name: str, partner: Partner | None = None) -> Source:
    return Source(
        tenant_id=tenant.id,
        name=name,
        status=SourceStatus.LIVE,
        partner_id=partner.id if partner else None,
    )


def source_of(
    tenant: Tenant, name: str, partner: Partner | None = None, by: Membership | None = None
) -> Source:
    source = added(a_source(tenant, name, partner))
    if partner and by:
        added(an_assignment(source, by))
    return source


def an_assignment(source: Source, by: Membership) -> Assignment:
    return Assignment(
        tenant_id=source.tenant_id,
        source_id=source.id,
        partner_id=source.partner_id,
        began_by_id=by.id,
    )


def a_letter(tenant: Tenant, email: str, partner: Partner | None) -> Letter:
    partner_id = partner.id if partner else None
    return Letter(
        tenant_id=tenant.id, partner_id=partner_id, kind="invite", to_email=email, sent_at=now()
    )


def an_invite(letter: Letter, role: Role, by: Membership) -> Invite:
    return Invite(
        tenant_id=letter.tenant_id,
        email=letter.to_email,
        role=role,
        partner_id=letter.partner_id,
        letter_id=letter.id,
        sent_by_id=by.id,
        expires_at=now() + timedelta(days=7),
    )


def invite_of(
    tenant: Tenant,
    email: str,
    partner: Partner | None,
    by: Membership,
    role: Role = Role.PARTNER_USER,
) -> Invite:
    return added(an_invite(added(a_letter(tenant, email, partner)), role, by))


def empty() -> None:
    """Take every row out again, for the next test.

    On PostgreSQL too: TRUNCATE makes new files for every table and index, which takes ten times
    as long as taking out the few rows of a test.
    """
    connection = db.session.connection()
    names = [f'"{table.name}"' for table in reversed(db.metadata.sorted_tables)]
    emptying = [f"DELETE FROM {name}" for name in names]
    # Partners and memberships refer to each other.
    statements = ["UPDATE partner SET account_manager_id = NULL", *emptying]
    in_one = connection.dialect.name == "postgresql"
    if in_one and connection.scalar(text(IS_BULKY)):
        statements = [f"TRUNCATE {', '.join(names)}"]
    for statement in [";".join(statements)] if in_one else statements:
        connection.exec_driver_sql(statement)
    db.session.commit()
