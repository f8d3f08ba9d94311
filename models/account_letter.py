"""A letter about a person's own account, which belongs to no tenant."""

import uuid
from typing import ClassVar

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Public, new_id
from models.letter import OPEN, Posted
from models.user import User


class AccountLetter(Public, Posted, Base):
    """Password reset and password changed."""

    __tablename__ = "account_letter"
    prefix: ClassVar[str] = "letter"
    __table_args__ = (
        Index("account_letter_due", "next_try_at", postgresql_where=OPEN, sqlite_where=OPEN),
        Index("account_letter_to", "to_email", "queued_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id"))

    user: Mapped[User] = relationship(lazy="raise_on_sql")
