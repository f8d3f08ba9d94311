"""A field mapping: how one source's incoming fields become a lead's; one row per version."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Public, now
from models.membership import Membership
from models.ownership import SourceOwned
from models.source import Source


class FieldMapping(Public, SourceOwned, Base):
    """A draft until published, and never changed afterwards: the next change is a new version.

    `fields` holds one object per row of the editor (operations/mapping_fields.py says which
    keys). A source without a published mapping uses the starter mapping.
    """

    __tablename__ = "field_mapping"
    prefix: ClassVar[str] = "mapping"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "source_id"], ["source.tenant_id", "source.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "published_by_id"], ["membership.tenant_id", "membership.id"]
        ),
        Index("field_mapping_number_unique", "tenant_id", "source_id", "number", unique=True),
        #: One draft per source, decided by the database.
        Index(
            "field_mapping_one_draft",
            "tenant_id",
            "source_id",
            unique=True,
            postgresql_where=text("published_at IS NULL"),
            sqlite_where=text("published_at IS NULL"),
        ),
    )

    source_id: Mapped[uuid.UUID]
    #: 1 for the first that was published after the starter mapping.
    number: Mapped[int]
    fields: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    saved_at: Mapped[datetime] = mapped_column(default=now)
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[uuid.UUID | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form

    source: Mapped[Source] = relationship(
        primaryjoin="and_(FieldMapping.tenant_id == Source.tenant_id,"
        " foreign(FieldMapping.source_id) == Source.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )
    published_by: Mapped[Membership | None] = relationship(
        primaryjoin="and_(FieldMapping.tenant_id == Membership.tenant_id,"
        " foreign(FieldMapping.published_by_id) == Membership.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )
