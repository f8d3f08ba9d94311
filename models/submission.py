"""A submission: one call to the intake API as it came, with the answer it got."""

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    and_,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from models.base import Base, Public, Word, now, stored
from models.ownership import Received
from models.partitions import partition_by_time
from models.source import Source


class Outcome(Word):
    """What became of a call. Received = accepted + duplicate + rejected.

    Repeated calls got an earlier answer again (Idempotency-Key) and count nowhere.
    """

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    REPEATED = "repeated"


UNUSUAL = text("outcome <> 'accepted'")
FAILED = text("error <> ''")


class Submission(Public, Received, Base):
    """Never changed once written; removed after the tenant's days (30 by default).

    Its lead, if it made one, has the same `id`. `seq` says in which order rows became visible:
    everything below a mark is counted in the rollups, everything from it on is counted live
    (operations/metrics.py).
    """

    __tablename__ = "submission"
    prefix: ClassVar[str] = "submission"
    __table_args__ = (
        Index("submission_seq", "tenant_id", "seq"),
        Index("submission_source", "tenant_id", "source_id", "id"),
        Index("submission_partner", "tenant_id", "partner_id", "id"),
        #: Most calls are accepted, and are in none of these.
        Index(
            "submission_unusual",
            "tenant_id",
            "source_id",
            "outcome",
            "id",
            postgresql_where=UNUSUAL,
            sqlite_where=UNUSUAL,
        ),
        Index(
            "submission_error",
            "tenant_id",
            "source_id",
            "error",
            "id",
            postgresql_where=FAILED,
            sqlite_where=FAILED,
        ),
        Index(
            "submission_test",
            "tenant_id",
            "source_id",
            "id",
            postgresql_where=text("is_test"),
            sqlite_where=text("is_test = 1"),
        ),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    #: `next_seq` (models/sequence.py).
    seq: Mapped[int] = mapped_column(BigInteger)
    source_id: Mapped[uuid.UUID]
    #: The partner that the source was with when the call came.
    partner_id: Mapped[uuid.UUID | None]
    credential_id: Mapped[uuid.UUID]
    received_at: Mapped[datetime] = mapped_column(default=now)
    #: The day it counts for: in the tenant's time zone as it was then.
    day: Mapped[date]
    address: Mapped[str] = mapped_column(String(45), default="")
    content_type: Mapped[str] = mapped_column(String(200), default="")
    #: As sent, up to the size limit; empty where the source was over its rate limit.
    body: Mapped[bytes] = mapped_column(LargeBinary)
    outcome: Mapped[Outcome] = mapped_column(stored(Outcome))
    is_test: Mapped[bool] = mapped_column(default=False)
    #: The HTTP status, and the body of the answer as sent.
    status: Mapped[int] = mapped_column(SmallInteger)
    answer: Mapped[str] = mapped_column(Text)
    #: The answer's `error` code; empty where a lead was taken.
    error: Mapped[str] = mapped_column(String(40), default="")
    #: Incoming field name: its messages, in words.
    errors: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    #: Owed for the lead, in hundredths of the tenant's currency; 0 unless accepted.
    payout_cents: Mapped[int] = mapped_column(default=0)

    source: Mapped[Source] = relationship(
        primaryjoin="and_(Submission.tenant_id == Source.tenant_id,"
        " foreign(Submission.source_id) == Source.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )


def failed_with(error: str) -> ColumnElement[bool]:
    """Criterion for the calls that got this error; says what their index says."""
    return and_(Submission.error == error, Submission.error != literal_column("''"))


def unusual_outcome() -> ColumnElement[bool]:
    """Criterion for all calls but the accepted ones; says what their index says."""
    return Submission.outcome != literal_column("'accepted'")


partition_by_time(Submission)


def _found_by_seq() -> type[Submission]:
    table = Submission.__table__
    hidden = {"source_id", "partner_id"}
    columns = [
        func.coalesce(column, column).label(column.name) if column.name in hidden else column
        for column in table.columns
    ]
    return aliased(Submission, select(*columns).subquery("uncounted"), adapt_on_names=True)


#: The same rows where the newest are asked for by `seq`, of a source or a partner: as expressions,
#: these are in no index. A planner does not know how few the newest are, and would look for them
#: among all that a busy partner ever sent.
Uncounted = _found_by_seq()
