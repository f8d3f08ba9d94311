"""A source: a technical endpoint that receives leads."""

import uuid
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models.base import Base, Key, Public, Word, key_of, now, stored
from models.partner import Partner
from models.partner_counts import SOURCES, keep_counted
from models.search import make_searchable
from models.tenancy import PartnerOwned


class SourceStatus(Word):
    """Test is where a source begins; live counts; paused answers 403."""

    TEST = "test"
    LIVE = "live"
    PAUSED = "paused"


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
            postgresql_where=text("deleted_at IS NULL"),
            sqlite_where=text("deleted_at IS NULL"),
        ),
        Index("source_status", "tenant_id", "status", "id"),
        Index("source_partner", "tenant_id", "partner_id", "id"),
        Index("source_partner_name", "tenant_id", "partner_id", "name_key"),
        Index("source_vertical", "tenant_id", "vertical", "id"),
    )

    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(Key)
    vertical: Mapped[str] = mapped_column(String(80), default="")
    status: Mapped[SourceStatus] = mapped_column(stored(SourceStatus), default=SourceStatus.TEST)
    partner_id: Mapped[uuid.UUID | None]
    notes: Mapped[str] = mapped_column(Text, default="")
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

    @validates("name")
    def _keep_key(self, _attribute: str, name: str) -> str:
        self.name_key = key_of(name)
        return name


make_searchable(Source, "name_key")
keep_counted(Source, SOURCES)
