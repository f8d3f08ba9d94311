"""An audit event: who changed what, when, from where. Nothing edits or deletes one."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Public, now
from models.ownership import PartnerOwned

BY_JOBS = text("job_id IS NOT NULL")
BY_HAND = text("job_id IS NULL")
#: Most events are neither part of a deed to many nor undo one: those have no entry there.
OF_DEEDS, UNDOING = text("deed_id IS NOT NULL"), text("undoes_id IS NOT NULL")


class AuditEvent(Public, PartnerOwned, Base):
    """Names are copied, so that history reads the same after a rename."""

    __tablename__ = "audit_event"
    prefix: ClassVar[str] = "event"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "actor_id"], ["membership.tenant_id", "membership.id"]),
        ForeignKeyConstraint(["tenant_id", "partner_id"], ["partner.tenant_id", "partner.id"]),
        Index("audit_event_kind", "tenant_id", "kind", "id"),
        Index("audit_event_actor", "tenant_id", "actor_id", "id"),
        Index("audit_event_object", "tenant_id", "object_id", "id"),
        Index(
            "audit_event_deed",
            "tenant_id",
            "deed_id",
            postgresql_where=OF_DEEDS,
            sqlite_where=OF_DEEDS,
        ),
        Index("audit_event_partner", "tenant_id", "partner_id", "id"),
        Index(
            "audit_event_job",
            "tenant_id",
            "job_id",
            "id",
            postgresql_where=BY_JOBS,
            sqlite_where=BY_JOBS,
        ),
        #: What happened last is read along it, past the rows of any job.
        Index(
            "audit_event_by_hand",
            "tenant_id",
            "id",
            postgresql_where=BY_HAND,
            sqlite_where=BY_HAND,
        ),
        #: One undo per event, decided by the database.
        Index(
            "audit_event_undoes_unique",
            "tenant_id",
            "undoes_id",
            unique=True,
            postgresql_where=UNDOING,
            sqlite_where=UNDOING,
        ),
    )

    at: Mapped[datetime] = mapped_column(default=now)
    #: The membership that acted; empty for the command line and for jobs.
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str] = mapped_column(String(120))
    actor_email: Mapped[str] = mapped_column(String(254), default="")
    actor_is_staff: Mapped[bool] = mapped_column(default=True)
    address: Mapped[str] = mapped_column(String(45), default="")
    #: Subject and verb: "invite.resent".
    kind: Mapped[str] = mapped_column(String(60))
    object_id: Mapped[uuid.UUID | None]
    object_public_id: Mapped[str] = mapped_column(String(60), default="")
    object_name: Mapped[str] = mapped_column(String(254), default="")
    #: The partner it concerns: its Partner Admins read it in their own panel.
    partner_id: Mapped[uuid.UUID | None]
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: What was done to many at once shares this, and is undone as one.
    deed_id: Mapped[uuid.UUID | None]
    undoes_id: Mapped[uuid.UUID | None]
    #: The job that did it, which is undone as a whole, from its own page.
    job_id: Mapped[uuid.UUID | None]
