"""An assignment: the period during which a source is connected to a partner."""

import uuid
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Public, Word, now, stored
from models.membership import Membership
from models.ownership import PartnerOwned
from models.partner import Partner
from models.source import Source


class Credit(Word):
    """What happens to leads the source received before, while it had no partner."""

    LEAVE = "leave"
    ALL = "all"
    SINCE = "since"


class Assignment(Public, PartnerOwned, Base):
    """Open while `ended_at` is empty; the database allows one open assignment per source."""

    __tablename__ = "assignment"
    prefix: ClassVar[str] = "assignment"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "partner_id"], ["partner.tenant_id", "partner.id"]),
        ForeignKeyConstraint(["tenant_id", "source_id"], ["source.tenant_id", "source.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "began_by_id"], ["membership.tenant_id", "membership.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "ended_by_id"], ["membership.tenant_id", "membership.id"]
        ),
        Index(
            "assignment_one_open",
            "tenant_id",
            "source_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index("assignment_partner", "tenant_id", "partner_id", "id"),
        Index("assignment_source", "tenant_id", "source_id", "id"),
    )

    source_id: Mapped[uuid.UUID]
    partner_id: Mapped[uuid.UUID]
    began_at: Mapped[datetime] = mapped_column(default=now)
    began_by_id: Mapped[uuid.UUID | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[uuid.UUID | None]
    credit: Mapped[Credit] = mapped_column(stored(Credit), default=Credit.LEAVE)
    credit_since: Mapped[date | None]

    source: Mapped[Source] = relationship(
        primaryjoin="and_(Assignment.tenant_id == Source.tenant_id,"
        " foreign(Assignment.source_id) == Source.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )
    partner: Mapped[Partner] = relationship(
        primaryjoin="and_(Assignment.tenant_id == Partner.tenant_id,"
        " foreign(Assignment.partner_id) == Partner.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )
    began_by: Mapped[Membership | None] = relationship(
        primaryjoin="and_(Assignment.tenant_id == Membership.tenant_id,"
        " foreign(Assignment.began_by_id) == Membership.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )
    ended_by: Mapped[Membership | None] = relationship(
        primaryjoin="and_(Assignment.tenant_id == Membership.tenant_id,"
        " foreign(Assignment.ended_by_id) == Membership.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )
