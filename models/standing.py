"""Standings: who has the most accepted leads in each period on offer, read from an index.

Adding up the days of everybody to find the first few grows with the number of partners; the sums
kept here do not have to be added up. The worker keeps them where it keeps the rollups.
"""

import uuid
from datetime import date

from sqlalchemy import BigInteger, ColumnElement, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.ownership import TenantOwned


class Standing(TenantOwned, Base):
    """The accepted leads of a partner in a period, or of a source with a partner.

    Partners stand among EVERY, sources among those of their partner. Who has nothing any more
    stays.
    """

    __tablename__ = "standing"
    __table_args__ = (
        Index("standing_rank", "tenant_id", "period", "among_id", "accepted", "who_id"),
    )

    id = None  # type: ignore[assignment]  # its key says it all
    period: Mapped[str] = mapped_column(String(12), primary_key=True)
    among_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    who_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    accepted: Mapped[int] = mapped_column(BigInteger)

    @classmethod
    def within_partner(cls, partner_id: uuid.UUID) -> ColumnElement[bool]:
        """How their own sources stand with them; how they stand among others, is not theirs."""
        return cls.among_id == partner_id


class StandingPeriod(TenantOwned, Base):
    """The days that a period's standings hold: they move on when the tenant's day does."""

    __tablename__ = "standing_period"

    id = None  # type: ignore[assignment]
    period: Mapped[str] = mapped_column(String(12), primary_key=True)
    first: Mapped[date]
    last: Mapped[date]
