"""A password reset: a mailed, single-use link that lives for one hour."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Word, new_id, now
from models.user import User


class ResetState(Word):
    """What became of a link; computed from its dates."""

    LIVE = "live"
    USED = "used"
    EXPIRED = "expired"


class PasswordReset(Base):
    """Dead when used, replaced or past `expires_at`."""

    __tablename__ = "password_reset"
    __table_args__ = (
        Index("password_reset_token_unique", "token_hash", unique=True),
        Index("password_reset_user", "user_id", "created_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id"))
    letter_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account_letter.id"), index=True)
    #: SHA-256 of the link's token, in hex. Empty until the worker mails the link.
    token_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise_on_sql")

    @property
    def state(self) -> ResetState:
        """Whether the link still opens anything."""
        if self.used_at:
            return ResetState.USED
        return ResetState.LIVE if self.expires_at > now() else ResetState.EXPIRED
