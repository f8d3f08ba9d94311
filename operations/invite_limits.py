"""How many invites may be sent: per sender and hour, per partner, per address and day."""

import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from sqlalchemy import func, select

from config import Settings
from models import AuditEvent, Invite, Letter, Tenant, across_tenants, db, now
from models.invite import open_invites
from policy import Actor

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: The events that stand for one mailed invite each.
MAILED = ("invite.sent", "invite.resent")


@dataclass(frozen=True)
class Limits:
    """The numbers of the installation (README, settings)."""

    per_hour: int = 50
    pending: int = 200
    mails_per_day: int = 5
    days: int = 7

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read them from the settings."""
        return cls(
            per_hour=settings.invites_per_hour,
            pending=settings.invites_pending,
            mails_per_day=settings.mails_per_day,
            days=settings.invite_days,
        )


def take_turns(actor: Actor) -> Tenant:
    """Wait until nobody else of the tenant is sending invites, so that every count holds.

    SQLite has one writer anyway; PostgreSQL locks the tenant's row, which blocks nothing else.
    """
    locked = select(Tenant).where(Tenant.id == actor.tenant_id).with_for_update(key_share=True)
    return db.session.scalars(locked).one()


@dataclass
class Room:
    """What is left of the limits; each mail that is let through takes its place."""

    limits: Limits
    sent_this_hour: int
    pending: Counter[uuid.UUID | None]
    mailed_today: Counter[str]

    def refusal(self, place: uuid.UUID | None, email: str, *, adds_one: bool = True) -> str:
        """Say why no more may be mailed to this address now; empty when it may."""
        if self.sent_this_hour >= self.limits.per_hour:
            return f"You sent {self.limits.per_hour} invites within an hour. Try again later."
        if adds_one and self.pending[place] >= self.limits.pending:
            return f"{self.limits.pending} invites are pending, and more are not allowed."
        if self.mailed_today[email] >= self.limits.mails_per_day:
            return f"It got {self.limits.mails_per_day} mails within a day. Try again tomorrow."
        return ""

    def take(self, place: uuid.UUID | None, email: str, *, adds_one: bool = True) -> None:
        """Count one more mail to this address."""
        self.sent_this_hour += 1
        self.pending[place] += adds_one
        self.mailed_today[email] += 1


def room(actor: Actor, emails: Collection[str], limits: Limits) -> Room:
    """Count what was sent so far, in three statements. Call `take_turns` first."""
    sent = select(func.count()).where(
        AuditEvent.actor_id == actor.membership_id,
        AuditEvent.kind.in_(MAILED),
        AuditEvent.at > now() - HOUR,
    )
    return Room(limits, db.session.scalars(sent).one(), _pending(), _mailed_today(actor, emails))


def _pending() -> Counter[uuid.UUID | None]:
    """Count what is pending at each partner, and in the staff (None)."""
    counted = (
        select(Invite.partner_id, func.count())
        .where(open_invites(), Invite.expires_at > now())
        .group_by(Invite.partner_id)
    )
    return Counter(dict(db.session.execute(counted).all()))


def _mailed_today(actor: Actor, emails: Collection[str]) -> Counter[str]:
    """Count the mails of the whole tenant: to the person who gets them, partners are alike."""
    counted = (
        select(Letter.to_email, func.count())
        .where(
            Letter.tenant_id == actor.tenant_id,
            Letter.to_email.in_(emails),
            Letter.kind == "invite",
            Letter.queued_at > now() - DAY,
        )
        .group_by(Letter.to_email)
    )
    with across_tenants(db.session):
        return Counter(dict(db.session.execute(counted).all()))
