"""A row that a job left as it was, and why."""

import uuid
from typing import ClassVar

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.ownership import PartnerOwned


class JobRefusal(PartnerOwned, Base):
    """In the order of the job's work, by `id`."""

    __tablename__ = "job_refusal"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "job_id"], ["job.tenant_id", "job.id"]),
        ForeignKeyConstraint(["tenant_id", "partner_id"], ["partner.tenant_id", "partner.id"]),
        Index("job_refusal_of", "tenant_id", "job_id", "id"),
    )

    prefix: ClassVar[str] = "refusal"

    job_id: Mapped[uuid.UUID]
    #: The partner for whose people the job works.
    partner_id: Mapped[uuid.UUID | None]
    object_public_id: Mapped[str] = mapped_column(String(60))
    object_name: Mapped[str] = mapped_column(String(254), default="")
    reason: Mapped[str] = mapped_column(String(500))
