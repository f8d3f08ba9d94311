"""An attempt to sign in: what the limits count, shared by every process."""

import uuid
from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, new_id, now


class SignInAttempt(Base):
    """Kept for a day."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("sign_in_attempt_email", "email_key", "at"),
        Index("sign_in_attempt_address", "address", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email_key: Mapped[str] = mapped_column(Key)
    address: Mapped[str] = mapped_column(String(45))
    at: Mapped[datetime] = mapped_column(default=now)
    succeeded: Mapped[bool] = mapped_column(default=False)
