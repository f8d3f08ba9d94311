"""A lead: a submission that passed authentication and validation."""

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ColumnElement, Index, String, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Public, Word, now, stored
from models.ownership import Received
from models.partitions import partition_by_time
from models.partner import Partner
from models.source import Source


class LeadState(Word):
    """Accepted, a duplicate of an earlier one, or returned by staff afterwards."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    RETURNED = "returned"

    def told(self, *, shows_returned: bool) -> "LeadState":
        """How it is called to somebody: whoever is not shown returned leads, reads accepted."""
        is_hidden = self is LeadState.RETURNED and not shows_returned
        return LeadState.ACCEPTED if is_hidden else self


UNUSUAL = text("state <> 'accepted'")
#: What an index ends with that counts leads without a look at them: lists hide the tests. An entry
#: of PostgreSQL's is no larger for it, being filled up to eight bytes anyway.
COUNTED = ("id", "is_test")


def _unusual(name: str, *of: str) -> Index:
    """Index the few leads that are not accepted, by their state and the newest last."""
    columns = ("tenant_id", *of, "state", *COUNTED)
    return Index(name, *columns, postgresql_where=UNUSUAL, sqlite_where=UNUSUAL)


def _of_tests(name: str, *of: str) -> Index:
    """Index the test leads, the newest last."""
    return Index(
        name,
        "tenant_id",
        *of,
        "id",
        postgresql_where=text("is_test"),
        sqlite_where=text("is_test = 1"),
    )


class Lead(Public, Received, Base):
    """Has the `id` of its submission, and outlives it."""

    __tablename__ = "lead"
    prefix: ClassVar[str] = "lead"
    __table_args__ = (
        Index("lead_source", "tenant_id", "source_id", *COUNTED),
        Index("lead_partner", "tenant_id", "partner_id", *COUNTED),
        Index("lead_email", "tenant_id", "email", "id"),
        Index("lead_phone", "tenant_id", "phone", "id"),
        _unusual("lead_state"),
        _unusual("lead_source_state", "source_id"),
        _unusual("lead_partner_state", "partner_id"),
        _of_tests("lead_test"),
        # Without statistics of values, SQLite would rather walk all leads of a source or partner.
        _of_tests("lead_source_test", "source_id").ddl_if(dialect="sqlite"),
        _of_tests("lead_partner_test", "partner_id").ddl_if(dialect="sqlite"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    source_id: Mapped[uuid.UUID]
    #: The partner it is credited to: the source's when it arrived, or the one chosen later.
    partner_id: Mapped[uuid.UUID | None]
    received_at: Mapped[datetime] = mapped_column(default=now)
    #: The day it counts for: in the tenant's time zone as it was then.
    day: Mapped[date]
    state: Mapped[LeadState] = mapped_column(stored(LeadState))
    is_test: Mapped[bool] = mapped_column(default=False)
    duplicate_of_id: Mapped[uuid.UUID | None]
    #: As duplicates and searches compare them: folded to lower case, and E.164. Empty: none.
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(32), default="")
    #: Lead field: its value, after the mapping.
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: What the mapping does not name, as it came.
    extra: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: Owed for it, in hundredths of the tenant's currency; 0 for a duplicate or a test.
    payout_cents: Mapped[int] = mapped_column(default=0)
    returned_at: Mapped[datetime | None]
    returned_by_id: Mapped[uuid.UUID | None]
    return_reason: Mapped[str] = mapped_column(String(500), default="")

    source: Mapped[Source] = relationship(
        primaryjoin="and_(Lead.tenant_id == Source.tenant_id,"
        " foreign(Lead.source_id) == Source.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )
    partner: Mapped[Partner | None] = relationship(
        primaryjoin="and_(Lead.tenant_id == Partner.tenant_id,"
        " foreign(Lead.partner_id) == Partner.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )


def unusual_state() -> ColumnElement[bool]:
    """Criterion for the leads that are not accepted; says what their index says."""
    return Lead.state != literal_column("'accepted'")


partition_by_time(Lead)
