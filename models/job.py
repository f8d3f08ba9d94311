"""A job: work too long for one request, done by the worker, with its progress and its result."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Public, Word, now
from models.ownership import PartnerOwned


class JobState(Word):
    """Where a job is; computed from its dates."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = text("finished_at IS NULL AND failed_at IS NULL")


class Job(Public, PartnerOwned, Base):
    """Runs in steps that are committed one by one, each with its progress.

    A worker that dies leaves `beat_at` behind, and another goes on from `cursor`.
    """

    __tablename__ = "job"
    prefix: ClassVar[str] = "job"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "asked_by_id"], ["membership.tenant_id", "membership.id"]
        ),
        ForeignKeyConstraint(["tenant_id", "partner_id"], ["partner.tenant_id", "partner.id"]),
        Index("job_open", "queued_at", postgresql_where=OPEN, sqlite_where=OPEN),
        Index("job_asker", "tenant_id", "asked_by_id", "id"),
        Index("job_subject", "tenant_id", "subject_id", "id"),
    )

    #: Which work: "leads.credit", "mapping.replay".
    kind: Mapped[str] = mapped_column(String(40))
    #: What it is about (a source, …), where its page shows the job.
    subject_id: Mapped[uuid.UUID | None]
    partner_id: Mapped[uuid.UUID | None]
    asked_by_id: Mapped[uuid.UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: Where the next step goes on; what the work makes of it is its own affair.
    cursor: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    done: Mapped[int] = mapped_column(default=0)
    #: How much there is to do; 0 while nobody knows.
    total: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime] = mapped_column(default=now)
    #: Before this moment nobody begins it; at once where it is empty.
    due_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    beat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    #: What went wrong, in a sentence.
    problem: Mapped[str] = mapped_column(String(500), default="")
    #: When a person stopped it; `failed_at` is the same moment.
    cancelled_at: Mapped[datetime | None]
    #: The job that takes this one back; there is one at most.
    undo_id: Mapped[uuid.UUID | None]

    @property
    def ended_at(self) -> datetime | None:
        """When it ended, however it did."""
        return self.finished_at or self.failed_at

    @property
    def state(self) -> JobState:
        """Where the job is, as of now."""
        if self.finished_at:
            return JobState.DONE
        if self.failed_at:
            return JobState.CANCELLED if self.cancelled_at else JobState.FAILED
        return JobState.RUNNING if self.started_at else JobState.QUEUED
