"""A session: one row per sign-in; the cookie holds its random key, the row only the hash."""

import uuid
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Public, new_id, now, stored
from models.membership import Role
from models.user import User


class LoginSession(Public, Base):
    """Ended by sign-out, password change, suspension, idleness or age."""

    __tablename__ = "login_session"
    prefix: ClassVar[str] = "session"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "membership_id"], ["membership.tenant_id", "membership.id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "preview_partner_id"], ["partner.tenant_id", "partner.id"]
        ),
        Index("login_session_key_unique", "key_hash", unique=True),
        Index("login_session_user", "user_id", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key_hash: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user.id"))
    #: The membership this session works as now; the switcher changes it.
    tenant_id: Mapped[int | None]
    membership_id: Mapped[uuid.UUID | None]
    #: Set while staff look at a partner's panel as its people see it.
    preview_partner_id: Mapped[uuid.UUID | None]
    preview_role: Mapped[Role | None] = mapped_column(stored(Role))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(45), default="")
    device: Mapped[str] = mapped_column(String(200), default="")

    user: Mapped[User] = relationship(lazy="raise_on_sql")
