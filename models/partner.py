"""A partner: a business that supplies leads, and the tags staff give it."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models.base import Base, Key, Public, Word, key_of, now, stored
from models.membership import Membership
from models.ownership import TenantOwned
from models.search import make_searchable


class PartnerStatus(Word):
    """Active; paused (sources answer 403, people can read); archived (nobody enters)."""

    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


def lacking(count: str, name: str) -> Iterator[Index]:
    """Index those partners alone whose count is 0, in the order of age."""
    none = text(f"{count} = 0")
    for suffix, columns in (("", ()), ("_status", ("status",))):
        yield Index(
            f"{name}{suffix}",
            "tenant_id",
            *columns,
            "id",
            postgresql_where=none,
            sqlite_where=none,
        )


#: The list hides archived partners: those with nothing would lie in its way by the thousand.
NOT_ARCHIVED = text("status <> 'archived'")
RECEIVING = text("received_30 > 0")


class Partner(Public, TenantOwned, Base):
    """The relationship; a source is the wiring."""

    __tablename__ = "partner"
    prefix: ClassVar[str] = "partner"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "account_manager_id"],
            ["membership.tenant_id", "membership.id"],
            use_alter=True,  # membership refers to partner too
        ),
        Index("partner_name_unique", "tenant_id", "name_key", unique=True),
        Index("partner_status_newest", "tenant_id", "status", "id"),
        Index("partner_status_name", "tenant_id", "status", "name_key"),
        Index("partner_account_manager", "tenant_id", "account_manager_id", "id"),
        #: For the dashboard, which looks at one status, and for the list, which leaves one out.
        *lacking("source_count", "partner_without_source"),
        *lacking("admin_count", "partner_without_admin"),
        Index(
            "partner_received",
            "tenant_id",
            "received_30",
            "id",
            postgresql_where=NOT_ARCHIVED,
            sqlite_where=NOT_ARCHIVED,
        ),
        #: Few receive anything: the youngest of them may lie behind many that do not.
        Index(
            "partner_receiving",
            "tenant_id",
            "id",
            postgresql_where=RECEIVING,
            sqlite_where=RECEIVING,
        ),
        Index("partner_status_received", "tenant_id", "status", "received_30", "id"),
    )

    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(Key)
    contact_name: Mapped[str] = mapped_column(String(120), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    website: Mapped[str] = mapped_column(String(300), default="")
    status: Mapped[PartnerStatus] = mapped_column(
        stored(PartnerStatus), default=PartnerStatus.ACTIVE
    )
    account_manager_id: Mapped[uuid.UUID | None]
    notes: Mapped[str] = mapped_column(Text, default="")
    show_returned: Mapped[bool] = mapped_column(default=True)
    deduct_returned: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    #: Kept by the database itself (models/partner_counts.py); nothing else writes them.
    source_count: Mapped[int] = mapped_column(server_default="0")
    user_count: Mapped[int] = mapped_column(server_default="0")
    admin_count: Mapped[int] = mapped_column(server_default="0")
    #: Kept by the worker alone, when it counts (operations/partner_figures.py); `version` stays.
    received_30: Mapped[int] = mapped_column(BigInteger, server_default="0")
    accepted_30: Mapped[int] = mapped_column(BigInteger, server_default="0")
    last_lead_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    #: A form that was opened before somebody else saved is refused (StaleDataError, 409).
    #: And a new partner's counts are not read back: an object that knew them might write them.
    __mapper_args__ = {"version_id_col": version, "eager_defaults": False}  # noqa: RUF012 - SQLAlchemy's own form

    account_manager: Mapped[Membership | None] = relationship(
        primaryjoin="and_(Partner.tenant_id == Membership.tenant_id,"
        " foreign(Partner.account_manager_id) == Membership.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )

    @validates("name")
    def _keep_key(self, _attribute: str, name: str) -> str:
        self.name_key = key_of(name)
        return name

    @classmethod
    def within_partner(cls, partner_id: uuid.UUID):  # type: ignore[no-untyped-def]  # noqa: ANN206
        """Partner people see their own partner."""
        return cls.id == partner_id

    def is_within_partner(self, partner_id: uuid.UUID) -> bool:
        """Partner people may write their own partner (its contact details)."""
        return bool(self.id == partner_id)


make_searchable(Partner, "name_key")


def not_archived() -> ColumnElement[bool]:
    """Criterion for the partners that lists show. In words that fit the index."""
    return Partner.status != literal_column("'archived'")


def without_source() -> ColumnElement[bool]:
    """Criterion for partners that cannot send a lead. In words that fit the index."""
    return Partner.source_count == literal_column("0")


def without_admin() -> ColumnElement[bool]:
    """Criterion for partners that nobody can manage from their side."""
    return Partner.admin_count == literal_column("0")


class PartnerTag(TenantOwned, Base):
    """One tag of one partner. Staff only: partner people never see tags."""

    __tablename__ = "partner_tag"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "partner_id"], ["partner.tenant_id", "partner.id"]),
        Index("partner_tag_once", "tenant_id", "partner_id", "tag", unique=True),
        Index("partner_tag_of", "tenant_id", "tag", "partner_id"),
    )

    partner_id: Mapped[uuid.UUID]
    tag: Mapped[str] = mapped_column(String(40))
