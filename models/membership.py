"""A membership: a person's place in a tenant's staff or in one partner, with a role."""

import uuid
from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Public, Word, now, stored
from models.ownership import PartnerOwned
from models.partner_counts import MEMBERS, keep_counted
from models.tenant import Tenant
from models.user import User


class Role(Word):
    """What a member is. Tenant roles and partner roles are separate."""

    ADMIN = "admin"
    CUSTOMER_SUPPORT = "customer_support"
    SALES = "sales"
    DATA_VALIDATION = "data_validation"
    PARTNER_ADMIN = "partner_admin"
    PARTNER_USER = "partner_user"

    @property
    def word(self) -> str:
        """As people read it: “Customer Support”."""
        return self.value.replace("_", " ").title()

    @property
    def purpose(self) -> str:
        """What it lets a person do, said to whoever gives it and to whoever gets it."""
        return PURPOSES[self.value]

    @property
    def is_partner_role(self) -> bool:
        """Partner people's roles are given in a partner, the others in the tenant."""
        return self in {Role.PARTNER_ADMIN, Role.PARTNER_USER}


PURPOSES = {
    "admin": "Do everything, the team and the settings included.",
    "customer_support": "Work with partners, sources and their people.",
    "sales": "See partners and sources, and invite Partner Users.",
    "data_validation": "See leads and mark those that come back.",
    "partner_admin": "See sources, metrics and leads; manage users, invites, keys.",
    "partner_user": "See sources, metrics and leads.",
}


class Membership(Public, PartnerOwned, Base):
    """A removed membership keeps its row: history names it, and *Undo* brings it back."""

    __tablename__ = "membership"
    prefix: ClassVar[str] = "member"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "partner_id"], ["partner.tenant_id", "partner.id"]),
        CheckConstraint(
            "(partner_id IS NULL) = (role NOT IN ('partner_admin', 'partner_user'))",
            name="role_fits_place",
        ),
        Index(
            "membership_one_per_partner",
            "tenant_id",
            "partner_id",
            "user_id",
            unique=True,
            postgresql_where=text("removed_at IS NULL AND partner_id IS NOT NULL"),
            sqlite_where=text("removed_at IS NULL AND partner_id IS NOT NULL"),
        ),
        Index(
            "membership_one_per_staff",
            "tenant_id",
            "user_id",
            unique=True,
            postgresql_where=text("removed_at IS NULL AND partner_id IS NULL"),
            sqlite_where=text("removed_at IS NULL AND partner_id IS NULL"),
        ),
        Index("membership_user", "user_id"),
        Index("membership_partner", "tenant_id", "partner_id", "id"),
        #: Not of the staff, who are few: SQLite would walk everybody to sort them by role.
        Index(
            "membership_role",
            "tenant_id",
            "role",
            "id",
            postgresql_where=text("partner_id IS NOT NULL"),
            sqlite_where=text("partner_id IS NOT NULL"),
        ),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id"))
    partner_id: Mapped[uuid.UUID | None]
    role: Mapped[Role] = mapped_column(stored(Role))
    joined_at: Mapped[datetime] = mapped_column(default=now)
    last_active_at: Mapped[datetime | None]
    invited_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id"))
    removed_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="raise_on_sql")
    invited_by: Mapped[User | None] = relationship(
        foreign_keys=[invited_by_id], lazy="raise_on_sql"
    )
    tenant: Mapped[Tenant] = relationship(
        primaryjoin="foreign(Membership.tenant_id) == Tenant.id",
        viewonly=True,
        lazy="raise_on_sql",
    )
    partner: Mapped["Partner | None"] = relationship(  # type: ignore[name-defined]  # noqa: F821
        primaryjoin="and_(Membership.tenant_id == Partner.tenant_id,"
        " foreign(Membership.partner_id) == Partner.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )

    @property
    def search_key(self) -> str:
        """What lists sort and search people by; the person's own, once `user` is loaded."""
        return self.user.search_key


keep_counted(Membership, MEMBERS)
