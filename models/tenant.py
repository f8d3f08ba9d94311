"""A tenant: the company whose panel this is."""

import secrets
from datetime import datetime
from typing import ClassVar

from sqlalchemy import SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, now


def new_code() -> str:
    """Make the eight characters that lead a link to its tenant; nothing is trusted from them."""
    return secrets.token_hex(4)


class Tenant(Base):
    """One row per tenant; every other record belongs to exactly one."""

    __tablename__ = "tenant"
    prefix: ClassVar[str] = "tenant"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    code: Mapped[str] = mapped_column(String(8), unique=True, default=new_code)
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    #: ISO 4217; payouts are kept in its hundredths.
    currency: Mapped[str] = mapped_column(String(3), default="USD", server_default="USD")
    #: Tenant's own choices; None means the installation's setting.
    invite_days: Mapped[int | None] = mapped_column(SmallInteger)
    idle_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    submission_days: Mapped[int | None] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(default=now)
