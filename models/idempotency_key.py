"""An idempotency key: which call a source's key already stands for, for 24 hours."""

import uuid
from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, now
from models.ownership import Received


class IdempotencyKey(Received, Base):
    """Committed together with its submission, whose answer is given again."""

    __tablename__ = "idempotency_key"
    __table_args__ = (
        Index("idempotency_key_unique", "tenant_id", "source_id", "key_hash", unique=True),
        Index("idempotency_key_age", "received_at"),
    )

    #: The submission that answered first.
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    source_id: Mapped[uuid.UUID]
    partner_id: Mapped[uuid.UUID | None]
    #: SHA-256, in hex, of the key as sent and of the body.
    key_hash: Mapped[str] = mapped_column(String(64))
    body_hash: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(default=now)
