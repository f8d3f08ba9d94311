"""A source: a technical endpoint that receives leads."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    Text,
    TextClause,
    and_,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models.base import Base, Key, Public, Word, key_of, now, stored
from models.ownership import PartnerOwned
from models.partner import Partner
from models.partner_counts import SOURCES, keep_counted
from models.search import make_searchable


class SourceStatus(Word):
    """Test is where a source begins; live counts; paused answers 403."""

    TEST = "test"
    LIVE = "live"
    PAUSED = "paused"


class Flow(Word):
    """How a source's calls compare with the same hours of the weeks before."""

    NORMAL = "normal"
    LATE = "late"
    SILENT = "silent"
    SURGING = "surging"


DUPLICATE_FIELDS = ("email", "phone")
ASKED = text("go_live_asked_at IS NOT NULL AND deleted_at IS NULL")
KEPT, DELETED = text("deleted_at IS NULL"), text("deleted_at IS NOT NULL")
ASSIGNED = text("partner_id IS NOT NULL AND deleted_at IS NULL")
UNUSUAL = text("flow <> 'normal' AND deleted_at IS NULL")


def _listed(name: str, which: TextClause, *columns: str) -> Iterator[Index]:
    """Index the list, narrowed by these columns, in both its orders: by age and by name."""
    for suffix, order in (("", "id"), ("_name", "name_key")):
        yield Index(f"{name}{suffix}", *columns, order, postgresql_where=which, sqlite_where=which)


class Source(Public, PartnerOwned, Base):
    """Belongs to at most one partner at a time: the column itself holds one."""

    __tablename__ = "source"
    prefix: ClassVar[str] = "source"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "partner_id"], ["partner.tenant_id", "partner.id"]),
        #: A deleted source gives its name back; history keeps it all the same.
        Index(
            "source_name_unique",
            "tenant_id",
            "name_key",
            unique=True,
            postgresql_where=KEPT,
            sqlite_where=KEPT,
        ),
        *_listed("source_status", KEPT, "tenant_id", "status"),
        *_listed("source_assigned", ASSIGNED, "tenant_id"),
        Index("source_deleted", "tenant_id", "id", postgresql_where=DELETED, sqlite_where=DELETED),
        Index("source_partner", "tenant_id", "partner_id", "id"),
        Index(
            "source_partner_name",
            "tenant_id",
            "partner_id",
            "name_key",
            postgresql_where=KEPT,
            sqlite_where=KEPT,
        ),
        *_listed("source_vertical", KEPT, "tenant_id", "vertical"),
        Index(
            "source_asked",
            "tenant_id",
            "go_live_asked_at",
            postgresql_where=ASKED,
            sqlite_where=ASKED,
        ),
        Index("source_flow", "tenant_id", "flow", postgresql_where=UNUSUAL, sqlite_where=UNUSUAL),
    )

    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(Key)
    vertical: Mapped[str] = mapped_column(String(80), default="")
    status: Mapped[SourceStatus] = mapped_column(stored(SourceStatus), default=SourceStatus.TEST)
    partner_id: Mapped[uuid.UUID | None]
    notes: Mapped[str] = mapped_column(Text, default="")
    #: Owed per accepted lead, in hundredths of the tenant's currency.
    payout_cents: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Two leads with the same values in these fields within so many days are duplicates.
    duplicate_fields: Mapped[list[str]] = mapped_column(
        JSON, default=lambda: list(DUPLICATE_FIELDS), server_default='["email", "phone"]'
    )
    duplicate_days: Mapped[int] = mapped_column(SmallInteger, default=30, server_default="30")
    #: Calls per minute; 0 for no limit.
    rate_limit: Mapped[int] = mapped_column(default=600, server_default="600")
    #: The published mapping; empty while the source uses the starter mapping.
    mapping_id: Mapped[uuid.UUID | None]
    #: When the partner asked for it to go live; empty once that was answered.
    go_live_asked_at: Mapped[datetime | None]
    #: Its calls of late against those of the weeks before (operations/quiet_sources.py).
    flow: Mapped[Flow] = mapped_column(stored(Flow), default=Flow.NORMAL, server_default="normal")
    flow_since: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form

    partner: Mapped[Partner | None] = relationship(
        primaryjoin="and_(Source.tenant_id == Partner.tenant_id,"
        " foreign(Source.partner_id) == Partner.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )

    @property
    def state(self) -> SourceStatus | Flow:
        """Its status, or how its calls are where they are unusual: only what is live is watched."""
        is_usual = self.flow is Flow.NORMAL or self.status is not SourceStatus.LIVE
        return self.status if is_usual else self.flow

    @validates("name")
    def _keep_key(self, _attribute: str, name: str) -> str:
        self.name_key = key_of(name)
        return name


def unusual_flow() -> ColumnElement[bool]:
    """Criterion for sources whose calls are out of the ordinary; says what their index says."""
    is_live = Source.status == literal_column("'live'")  # a paused one is silent on purpose
    return and_(is_live, Source.flow != literal_column("'normal'"), Source.deleted_at.is_(None))


make_searchable(Source, "name_key")
keep_counted(Source, SOURCES)
