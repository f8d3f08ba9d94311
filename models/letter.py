"""A letter: one mail of a tenant, from the moment it is written to the server's answer."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Public, Word, now
from models.ownership import PartnerOwned


class LetterState(Word):
    """Where a letter is; computed from its dates."""

    QUEUED = "queued"
    SENT = "sent"
    WRITTEN = "written_to_a_file"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Posted:
    """What every letter has, whoever it belongs to.

    The letter holds the means to render it, never a raw token: the worker makes the link's
    token at the moment it sends, so a dump of the database opens nothing.
    """

    kind: Mapped[str] = mapped_column(String(40))
    to_email: Mapped[str] = mapped_column(String(254))
    to_name: Mapped[str] = mapped_column(String(120), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    queued_at: Mapped[datetime] = mapped_column(default=now)
    next_try_at: Mapped[datetime] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0)
    #: Set by the worker that sends it; a crash leaves it, and the sweep takes over.
    claimed_at: Mapped[datetime | None]
    #: Set just before the text leaves: from here on nobody can know, so it is not sent again.
    handed_over_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    #: The .eml file it became, where no mail server is configured.
    filed_as: Mapped[str] = mapped_column(String(120), default="")
    answer: Mapped[str] = mapped_column(String(500), default="")

    @property
    def state(self) -> LetterState:
        """Where the letter is; never “sent” when all that happened is a file."""
        if self.sent_at:
            return LetterState.WRITTEN if self.filed_as else LetterState.SENT
        if self.withdrawn_at:
            return LetterState.WITHDRAWN
        return LetterState.FAILED if self.failed_at else LetterState.QUEUED


FILED = text("filed_as <> ''")
OPEN = text("sent_at IS NULL AND failed_at IS NULL AND withdrawn_at IS NULL")


class Letter(Public, Posted, PartnerOwned, Base):
    """A mail that a tenant's work caused: invites and what follows from them.

    One about a partner belongs to it, so that its Partner Admins see what became of it.
    """

    __tablename__ = "letter"
    prefix: ClassVar[str] = "letter"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "partner_id"], ["partner.tenant_id", "partner.id"]),
        Index("letter_due", "next_try_at", postgresql_where=OPEN, sqlite_where=OPEN),
        Index("letter_to", "to_email", "queued_at"),
        Index(
            "letter_failed",
            "tenant_id",
            "failed_at",
            postgresql_where=text("failed_at IS NOT NULL"),
            sqlite_where=text("failed_at IS NOT NULL"),
        ),
        Index("letter_filed", "tenant_id", "id", postgresql_where=FILED, sqlite_where=FILED),
    )

    partner_id: Mapped[uuid.UUID | None]

    def is_within_partner(self, partner_id: uuid.UUID) -> bool:
        """Partner people also cause letters that are about nobody's partner and read by none."""
        return self.partner_id is None or super().is_within_partner(partner_id)
