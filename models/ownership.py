"""Whose a row is: what a table mixes in to stand behind the walls of models/tenancy.py."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, exists, false
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from models.base import new_id


class TenantOwned:
    """Mix this into a table and its rows belong to exactly one tenant."""

    @declared_attr
    @classmethod
    def tenant_id(cls) -> Mapped[int]:
        """First column of every key, so that the schema can be sharded by it."""
        return mapped_column(ForeignKey("tenant.id"), primary_key=True, sort_order=-1)

    @declared_attr
    @classmethod
    def id(cls) -> Mapped[uuid.UUID]:
        """Time-ordered, unique in the whole installation."""
        return mapped_column(primary_key=True, default=new_id)

    @classmethod
    def within_partner(cls, partner_id: uuid.UUID) -> ColumnElement[bool]:  # noqa: ARG003
        """Which rows partner people see. None, until a table says otherwise."""
        return false()

    def is_within_partner(self, partner_id: uuid.UUID) -> bool:  # noqa: ARG002
        """Say whether partner people may write this row. Never, until a table says otherwise."""
        return False


class PartnerOwned(TenantOwned):
    """A tenant's row that the people of its partner see too."""

    partner_id: Any

    @classmethod
    def within_partner(cls, partner_id: uuid.UUID) -> ColumnElement[bool]:
        """Only the rows of their own partner."""
        criterion: ColumnElement[bool] = cls.partner_id == partner_id
        return criterion

    def is_within_partner(self, partner_id: uuid.UUID) -> bool:
        """Only the rows of their own partner."""
        return bool(self.partner_id == partner_id)


class SourceOwned(TenantOwned):
    """A row that belongs to a source: the people of the source's partner see it too."""

    source_id: Any

    @classmethod
    def within_partner(cls, partner_id: uuid.UUID) -> ColumnElement[bool]:
        """Only what belongs to the sources that are with their own partner now."""
        source = cls.metadata.tables["source"].alias()  # type: ignore[attr-defined]
        # By the row's own source: a list of all of theirs would be read anew for each row.
        return exists().where(
            source.c.tenant_id == cls.tenant_id,
            source.c.id == cls.source_id,
            source.c.partner_id == partner_id,
        )

    def is_within_partner(self, partner_id: uuid.UUID) -> bool:
        """Only what belongs to a source that is with their own partner."""
        source: Any = self.source  # type: ignore[attr-defined]
        return source is not None and bool(source.partner_id == partner_id)


class Received(PartnerOwned):
    """A row that a call to the intake API writes.

    Without foreign keys: each check would lock the same source, partner and tenant for every
    call. None of these is ever deleted, and the credential that decides them was read through them.
    """

    tenant_id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)
