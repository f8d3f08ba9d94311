"""A specification link: an unguessable address that shows one source's specification."""

import uuid
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Public, Word, now
from models.membership import Membership
from models.ownership import SourceOwned
from models.source import Source


class SpecificationLinkState(Word):
    """Whether it still opens the page; computed from its dates."""

    LIVE = "live"
    EXPIRED = "expired"
    REVOKED = "revoked"


class SpecificationLink(Public, SourceOwned, Base):
    """Dead once revoked or past `expires_at`. A mailed one gets its token when the mail leaves."""

    __tablename__ = "specification_link"
    prefix: ClassVar[str] = "speclink"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "source_id"], ["source.tenant_id", "source.id"]),
        ForeignKeyConstraint(["tenant_id", "letter_id"], ["letter.tenant_id", "letter.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "created_by_id"], ["membership.tenant_id", "membership.id"]
        ),
        Index("specification_link_token_unique", "tenant_id", "token_hash", unique=True),
        Index("specification_link_source", "tenant_id", "source_id", "id"),
        Index("specification_link_letter", "tenant_id", "letter_id"),
    )

    source_id: Mapped[uuid.UUID]
    #: SHA-256 of the token, in hex. Empty until the worker mails the link.
    token_hash: Mapped[str | None] = mapped_column(String(64))
    letter_id: Mapped[uuid.UUID | None]
    #: Whom it was mailed to; empty for a link that was copied.
    email: Mapped[str] = mapped_column(String(254), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by_id: Mapped[uuid.UUID | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    source: Mapped[Source] = relationship(
        primaryjoin="and_(SpecificationLink.tenant_id == Source.tenant_id,"
        " foreign(SpecificationLink.source_id) == Source.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )
    created_by: Mapped[Membership | None] = relationship(
        primaryjoin="and_(SpecificationLink.tenant_id == Membership.tenant_id,"
        " foreign(SpecificationLink.created_by_id) == Membership.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )

    @property
    def state(self) -> SpecificationLinkState:
        """Whether it opens the page, as of now."""
        if self.revoked_at:
            return SpecificationLinkState.REVOKED
        expired = self.expires_at <= now()
        return SpecificationLinkState.EXPIRED if expired else SpecificationLinkState.LIVE
