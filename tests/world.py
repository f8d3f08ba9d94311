"""The two-tenant world that tests act in; every name carries its tenant's marker."""

from dataclasses import dataclass
from datetime import timedelta

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
    tenant = Tenant(name=f"{marker}-tenant")
    db.session.add(tenant)
    db.session.flush()
    staff = {role: member(marker, tenant, role) for role in Role if not role.is_partner_role}
    partner, other = partner_of(tenant, f"{marker}-partner"), partner_of(tenant, f"{marker}-other")
    people = {role: member(marker, tenant, role, partner) for role in Role if role.is_partner_role}
    admin = staff[Role.ADMIN]
    return Side(
        marker=marker,
        tenant=tenant,
        admin=admin,
        support=staff[Role.CUSTOMER_SUPPORT],
        sales=staff[Role.SALES],
        validation=staff[Role.DATA_VALIDATION],
        partner=partner,
        other_partner=other,
        partner_admin=people[Role.PARTNER_ADMIN],
        partner_user=people[Role.PARTNER_USER],
        source=source_of(tenant, f"{marker}-source", partner, admin),
        other_source=source_of(tenant, f"{marker}-other-source", other, admin),
        free_source=source_of(tenant, f"{marker}-free-source"),
        invite=invite_of(tenant, f"{marker}-invitee@mail.example", partner, admin),
    )


def user_of(email: str, name: str) -> User:
    user = User(email=email, name=name, password_hash=HASH)
    db.session.add(user)
    db.session.flush()
    return user


def member(marker: str, tenant: Tenant, role: Role, partner: Partner | None = None) -> Membership:
    word = role.value.replace("_", "-")
    row = Membership(
        tenant_id=tenant.id,
        user=user_of(f"{marker}-{word}@mail.example", f"{marker}-{word}"),
        role=role,
        partner_id=partner.id if partner else None,
    )
    db.session.add(row)
    db.session.flush()
    return row


def partner_of(tenant: Tenant, name: str, **values: object) -> Partner:
    row = Partner(tenant_id=tenant.id, name=name, notes=f"{name}-notes", **values)
    db.session.add(row)
    db.session.flush()
    return row


def source_of(
    tenant: Tenant, name: str, partner: Partner | None = None, by: Membership | None = None
) -> Source:
    row = Source(
        tenant_id=tenant.id,
        name=name,
        status=SourceStatus.LIVE,
        partner_id=partner.id if partner else None,
    )
    db.session.add(row)
    db.session.flush()
    if partner and by:
        opened = Assignment(
            tenant_id=tenant.id, source_id=row.id, partner_id=partner.id, began_by_id=by.id
        )
        db.session.add(opened)
        db.session.flush()
    return row


def invite_of(
    tenant: Tenant,
    email: str,
    partner: Partner | None,
    by: Membership,
    role: Role = Role.PARTNER_USER,
) -> Invite:
    partner_id = partner.id if partner else None
    letter = Letter(
        tenant_id=tenant.id, partner_id=partner_id, kind="invite", to_email=email, sent_at=now()
    )
    db.session.add(letter)
    db.session.flush()
    row = Invite(
        tenant_id=tenant.id,
        email=email,
        role=role,
        partner_id=partner_id,
        letter_id=letter.id,
        sent_by_id=by.id,
        expires_at=now() + timedelta(days=7),
    )
    db.session.add(row)
    db.session.flush()
    return row


def empty() -> None:
    """Take every row out again, for the next test."""
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'"{table.name}"' for table in db.metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} CASCADE"))
    else:
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for table in db.metadata.tables.values():
            connection.execute(table.delete())
    db.session.commit()
