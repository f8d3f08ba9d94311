"""A credential: a key with its secret that lets a partner's system post leads to one source."""

import uuid
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Public, Word, now, stored
from models.membership import Membership
from models.ownership import SourceOwned
from models.source import Source


class CredentialKind(Word):
    """How the caller shows it: HTTP Basic (key and secret), or one bearer token."""

    BASIC = "basic"
    BEARER = "bearer"


class CredentialState(Word):
    """Whether it opens the door; computed from its dates."""

    LIVE = "live"
    CLOSING = "closing"
    EXPIRED = "expired"
    REVOKED = "revoked"


#: The old ones of rotations, ended or not; their index is asked for a range of moments.
CLOSING = text("closes_at IS NOT NULL AND revoked_at IS NULL")


class Credential(Public, SourceOwned, Base):
    """Dead once revoked or past `expires_at`. `key` is public, of the secret only a hash is kept.

    `closes_at` is set on the old one of a rotation; `replaces_id` on the new one names it.
    """

    __tablename__ = "credential"
    prefix: ClassVar[str] = "credential"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "source_id"], ["source.tenant_id", "source.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "created_by_id"], ["membership.tenant_id", "membership.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "replaces_id"], ["credential.tenant_id", "credential.id"]
        ),
        Index("credential_key_unique", "tenant_id", "key", unique=True),
        Index("credential_source", "tenant_id", "source_id", "id"),
        Index("credential_creator", "tenant_id", "created_by_id", "id"),
        #: A credential is replaced once; two people who rotate it at once get one successor.
        Index("credential_replaces_unique", "tenant_id", "replaces_id", unique=True),
        Index(
            "credential_closing",
            "tenant_id",
            "closes_at",
            postgresql_where=CLOSING,
            sqlite_where=CLOSING,
        ),
    )

    source_id: Mapped[uuid.UUID]
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[CredentialKind] = mapped_column(stored(CredentialKind))
    #: Its leads are test leads, whatever the source's status.
    is_test: Mapped[bool] = mapped_column(default=False)
    #: `inf_live_` or `inf_test_`, the tenant's code, and twelve random characters.
    key: Mapped[str] = mapped_column(String(60))
    #: SHA-256 of the secret, in hex: it is random, so a quick hash is right for it.
    secret_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by_id: Mapped[uuid.UUID | None]
    replaces_id: Mapped[uuid.UUID | None]
    expires_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    #: Written at most once a minute.
    last_used_at: Mapped[datetime | None]
    last_used_from: Mapped[str] = mapped_column(String(45), default="")

    source: Mapped[Source] = relationship(
        primaryjoin="and_(Credential.tenant_id == Source.tenant_id,"
        " foreign(Credential.source_id) == Source.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )
    created_by: Mapped[Membership | None] = relationship(
        primaryjoin="and_(Credential.tenant_id == Membership.tenant_id,"
        " foreign(Credential.created_by_id) == Membership.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )

    @property
    def ends_at(self) -> datetime | None:
        """When it stops working by itself: the earlier of its expiry and its rotation's end."""
        return min(filter(None, (self.expires_at, self.closes_at)), default=None)

    @property
    def state(self) -> CredentialState:
        """Whether it opens the door, as of now."""
        if self.revoked_at:
            return CredentialState.REVOKED
        if self.ends_at and self.ends_at <= now():
            return CredentialState.EXPIRED
        return CredentialState.CLOSING if self.closes_at else CredentialState.LIVE
