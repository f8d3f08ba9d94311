"""How many invites may be sent: per sender and hour, per partner, per address and day."""

import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Self

from sqlalchemy import ColumnElement, func, or_, select

from config import Settings
from models import AuditEvent, Invite, Letter, Membership, Tenant, across_tenants, db, engine, now
from models.invite import pending_invites
from operations.refusal import Forbidden
from policy import Actor

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
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

    Raises Forbidden when the sender was removed or given another role since this request began.
    """
    engine.take_turns(db.session, f"invites of tenant {actor.tenant_id}")
    _hold_sender(actor)
    return db.session.get_one(Tenant, actor.tenant_id)


def _hold_sender(actor: Actor) -> None:
    """Hold the sender's own row: a removal waits, and then finds and revokes these invites."""
    if actor.membership_id is None:
        return
    sender = (
        select(Membership.id)
        .where(
            Membership.id == actor.membership_id,
            Membership.role == actor.role,
            Membership.removed_at.is_(None),
        )
        .with_for_update(read=True)
    )
    if db.session.scalar(sender) is None:
        raise Forbidden("You were removed, or your role was changed, a moment ago.")


@dataclass
class Room:
    """What is left of the limits; each mail that is let through takes its place."""

    limits: Limits
    sent_this_hour: int
    #: When the first of them was sent.
    first_at: datetime
    pending: Counter[uuid.UUID | None]
    mailed_today: Counter[str]

    def refusal(self, place: uuid.UUID | None, email: str, *, adds_one: bool = True) -> str:
        """Say why no more may be mailed to this address now; empty when it may."""
        if self.sent_this_hour >= self.limits.per_hour:
            return self._wait()
        if adds_one and self.pending[place] >= self.limits.pending:
            return f"{self.limits.pending} invites are pending, and more are not allowed."
        if self.mailed_today[email] >= self.limits.mails_per_day:
            return f"It got {self.limits.mails_per_day} mails within a day. Try again tomorrow."
        return ""

    def _wait(self) -> str:
        """Say when one more may be sent: an hour after the first of those that are too many."""
        minutes = max(1, ceil((self.first_at + HOUR - now()) / MINUTE))
        sent, wait = _plural(self.limits.per_hour, "invite"), _plural(minutes, "minute")
        return f"You sent {sent} within an hour. Try again in {wait}."

    def take(self, place: uuid.UUID | None, email: str, *, adds_one: bool = True) -> None:
        """Count one more mail to this address."""
        self.sent_this_hour += 1
        self.pending[place] += adds_one
        self.mailed_today[email] += 1


def _plural(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def room(
    actor: Actor, emails: Collection[str], places: Collection[uuid.UUID | None], limits: Limits
) -> Room:
    """Count what was sent so far, in three statements. Call `take_turns` first.

    `places` are the partners concerned; None stands for the staff.
    """
    sent = select(func.count(), func.min(AuditEvent.at)).where(
        AuditEvent.actor_id == actor.membership_id,
        AuditEvent.kind.in_(MAILED),
        AuditEvent.at > now() - HOUR,
    )
    number, first_at = db.session.execute(sent).one()
    counted = _pending(places), _mailed_today(actor, emails)
    return Room(limits, number, first_at or now(), *counted)


def _pending(places: Collection[uuid.UUID | None]) -> Counter[uuid.UUID | None]:
    """Count what is pending at each of these partners, and in the staff (None)."""
    partners = [place for place in places if place is not None]
    concerned: ColumnElement[bool] = Invite.partner_id.in_(partners)
    if None in places:
        concerned = or_(concerned, Invite.partner_id.is_(None))
    counted = (
        select(Invite.partner_id, func.count())
        .where(concerned, pending_invites())
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
