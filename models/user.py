"""A person: one account, one address, one password; never deleted, only suspended."""

import uuid
from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column, validates

from models.base import Base, Key, Public, SearchKey, Word, key_of, new_id, now, stored
from models.search import make_searchable


class Theme(Word):
    """How the panel looks to this person."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class User(Public, Base):
    """A person, who may hold memberships in several partners and several tenants."""

    __tablename__ = "user"
    prefix: ClassVar[str] = "user"
    __table_args__ = (Index("user_name", "search_key"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(Key, unique=True)
    name: Mapped[str] = mapped_column(String(120))
    #: Name and address in one, for the search.
    search_key: Mapped[str] = mapped_column(SearchKey)
    password_hash: Mapped[str] = mapped_column(String(200))
    password_changed_at: Mapped[datetime] = mapped_column(default=now)
    theme: Mapped[Theme] = mapped_column(stored(Theme), default=Theme.SYSTEM)
    created_at: Mapped[datetime] = mapped_column(default=now)
    suspended_at: Mapped[datetime | None]

    @validates("email", "name")
    def _keep_keys(self, attribute: str, value: str) -> str:
        name, email = (value, self.email) if attribute == "name" else (self.name, value)
        self.email_key = key_of(email or "")
        self.search_key = key_of(f"{name or ''} {email or ''}", 400)
        return value


make_searchable(User, "search_key")
