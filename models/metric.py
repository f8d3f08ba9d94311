"""Metrics: what was received, per day, for a source, a partner and the whole tenant.

Nothing that a call has to lock. A call writes its submission and no more; the worker adds what
is new to the day's rows now and then, up to a mark, and a page adds what came after the mark.
"""

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, BindParameter, Index, String, literal
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, now
from models.ownership import PartnerOwned, Received, TenantOwned

#: Stands for “all of them” as a source, and for “all” or “none” as a partner: keys hold no NULL.
EVERY = uuid.UUID(int=0)
#: The same within a statement, as it stands: half of a rollup's rows have it, which a planner that
#: is given a parameter cannot know.
ALL: BindParameter[uuid.UUID] = literal(EVERY, literal_execute=True)


class Numbers:
    """The numbers that are kept, of submissions and leads that are no tests.

    `accepted` includes leads that were returned since. Money is in hundredths of the tenant's
    currency: `payout_cents` of all accepted leads, `returned_cents` of those that were returned,
    `deducted_cents` of those whose partner leaves returned leads out of the payout.
    """

    accepted: Mapped[int] = mapped_column(BigInteger, default=0)
    duplicate: Mapped[int] = mapped_column(BigInteger, default=0)
    rejected: Mapped[int] = mapped_column(BigInteger, default=0)
    returned: Mapped[int] = mapped_column(BigInteger, default=0)
    payout_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    returned_cents: Mapped[int] = mapped_column(BigInteger, default=0)
    deducted_cents: Mapped[int] = mapped_column(BigInteger, default=0)


class MetricDay(Numbers, PartnerOwned, Base):
    """One day of a source with a partner, of a partner (source EVERY), or of all (both EVERY)."""

    __tablename__ = "metric_day"
    __table_args__ = (
        Index("metric_day_partner", "tenant_id", "partner_id", "day"),
        Index("metric_day_day", "tenant_id", "day", "source_id"),
    )

    id = None  # type: ignore[assignment]  # its key says it all
    source_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    partner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)


class MetricChange(Numbers, Received, Base):
    """Something to add to a past day: a lead was returned, or credited to another partner.

    Read like a submission until the worker has added it, and then removed.
    """

    __tablename__ = "metric_change"
    __table_args__ = (Index("metric_change_seq", "tenant_id", "seq"),)

    seq: Mapped[int] = mapped_column(BigInteger)
    source_id: Mapped[uuid.UUID]
    partner_id: Mapped[uuid.UUID | None]
    day: Mapped[date]


class MetricMark(TenantOwned, Base):
    """Up to which `seq` (exclusive) the tenant's submissions and changes are in the rows above.

    models/sequence.py says what `seq` and `base` are.
    """

    __tablename__ = "metric_mark"

    id = None  # type: ignore[assignment]
    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    base: Mapped[int] = mapped_column(BigInteger, default=0)
    counted_at: Mapped[datetime] = mapped_column(default=now)


class CallHour(PartnerOwned, Base):
    """The calls on one credential in one hour (UTC), tests and repeated ones included."""

    __tablename__ = "call_hour"
    __table_args__ = (Index("call_hour_hour", "hour"),)

    id = None  # type: ignore[assignment]
    source_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    credential_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    partner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger, default=0)


class RejectionDay(PartnerOwned, Base):
    """Why calls were rejected on one day: how often which message for which field.

    In the grains of MetricDay. `field` is empty where the whole call was refused, and `message`
    then the error code.
    """

    __tablename__ = "rejection_day"
    __table_args__ = (Index("rejection_day_partner", "tenant_id", "partner_id", "day"),)

    id = None  # type: ignore[assignment]
    source_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    partner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(String(120), primary_key=True)
    message: Mapped[str] = mapped_column(String(200), primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger, default=0)
