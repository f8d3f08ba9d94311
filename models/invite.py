"""An invite: a mailed, single-use, expiring offer of a membership."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    and_,
    false,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models.base import Base, Key, Public, Word, key_of, now, stored
from models.failed_mail import keep_told
from models.letter import Letter
from models.membership import Membership, Role
from models.ownership import PartnerOwned
from models.partner import Partner
from models.search import make_searchable


class InviteState(Word):
    """What became of an invite; computed from its dates."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REVOKED = "revoked"
    EXPIRED = "expired"


#: An invite that nobody has answered, revoked or replaced; past its expiry it is “expired”.
OPEN = "accepted_at IS NULL AND declined_at IS NULL AND revoked_at IS NULL AND replaced_at IS NULL"


#: When a criterion is to hold: a moment, the parameter of a statement built once, or just now.
Moment = BindParameter[datetime] | datetime | None


def open_invites() -> ColumnElement[bool]:
    """Criterion for the invites that are still open, expired ones included."""
    dates = (Invite.accepted_at, Invite.declined_at, Invite.revoked_at, Invite.replaced_at)
    return and_(*(date.is_(None) for date in dates))


def pending_invites(moment: Moment = None) -> ColumnElement[bool]:
    """Criterion for the invites that can be answered at a moment; now, unless one is given."""
    return and_(open_invites(), Invite.expires_at > (now() if moment is None else moment))


def expiring_invites(moment: Moment, soon: Moment) -> ColumnElement[bool]:
    """Criterion for the invites that can be answered at a moment, and no longer a while later."""
    return and_(pending_invites(moment), Invite.expires_at <= soon)


def expired_invites(moment: Moment = None) -> ColumnElement[bool]:
    """Criterion for the open invites whose time has run out; replaced ones are not open."""
    return and_(open_invites(), Invite.expires_at <= (now() if moment is None else moment))


def failed_invites() -> ColumnElement[bool]:
    """Criterion for the invites whose mail could not be delivered; says what their index says."""
    return Invite.mail_failed == true()


def _answered(*states: str) -> Iterator[Index]:
    """Index the invites that each of these dates closed, newest last: a filter may ask for few."""
    for state in states:
        closed = text(f"{state}_at IS NOT NULL")
        yield Index(
            f"invite_{state}", "tenant_id", "id", postgresql_where=closed, sqlite_where=closed
        )


def _failed(name: str, which: str = "") -> Index:
    """Index the invites whose mail failed, newest last: all of them, or those that are open."""
    return Index(
        name,
        "tenant_id",
        "id",
        postgresql_where=text(f"mail_failed{which}"),
        sqlite_where=text(f"mail_failed = 1{which}"),
    )


class Invite(Public, PartnerOwned, Base):
    """Offers `role` in a partner, or in the tenant's staff where `partner_id` is empty."""

    __tablename__ = "invite"
    prefix: ClassVar[str] = "invite"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "partner_id"], ["partner.tenant_id", "partner.id"]),
        ForeignKeyConstraint(["tenant_id", "letter_id"], ["letter.tenant_id", "letter.id"]),
        ForeignKeyConstraint(
            ["tenant_id", "sent_by_id"], ["membership.tenant_id", "membership.id"]
        ),
        CheckConstraint(
            "(partner_id IS NULL) = (role NOT IN ('partner_admin', 'partner_user'))",
            name="role_fits_place",
        ),
        Index(
            "invite_one_open_per_partner",
            "tenant_id",
            "partner_id",
            "email_key",
            unique=True,
            postgresql_where=text(f"{OPEN} AND partner_id IS NOT NULL"),
            sqlite_where=text(f"{OPEN} AND partner_id IS NOT NULL"),
        ),
        Index(
            "invite_one_open_per_staff",
            "tenant_id",
            "email_key",
            unique=True,
            postgresql_where=text(f"{OPEN} AND partner_id IS NULL"),
            sqlite_where=text(f"{OPEN} AND partner_id IS NULL"),
        ),
        Index("invite_token_unique", "tenant_id", "token_hash", unique=True),
        Index("invite_partner", "tenant_id", "partner_id", "id"),
        Index("invite_address", "tenant_id", "email_key", "id"),
        *_answered("accepted", "declined", "revoked", "replaced"),
        Index("invite_letter", "tenant_id", "letter_id"),
        Index("invite_sender", "tenant_id", "sent_by_id", "id"),
        Index(
            "invite_open",
            "tenant_id",
            "expires_at",
            postgresql_where=text(OPEN),
            sqlite_where=text(OPEN),
        ),
        _failed("invite_failed"),
        _failed("invite_failed_open", f" AND {OPEN}"),
    )

    partner_id: Mapped[uuid.UUID | None]
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(Key)
    role: Mapped[Role] = mapped_column(stored(Role))
    message: Mapped[str] = mapped_column(String(1000), default="")
    #: SHA-256 of the link's token, in hex. Empty until the worker mails the link.
    token_hash: Mapped[str | None] = mapped_column(String(64))
    letter_id: Mapped[uuid.UUID | None]
    #: Its present letter could not be delivered. Kept by the database (models/failed_mail.py).
    mail_failed: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(default=now)
    sent_by_id: Mapped[uuid.UUID | None]
    sent_at: Mapped[datetime] = mapped_column(default=now)
    times_sent: Mapped[int] = mapped_column(default=1)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("user.id"))
    declined_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    #: An expired invite whose address was invited anew.
    replaced_at: Mapped[datetime | None]

    letter: Mapped[Letter | None] = relationship(
        primaryjoin="and_(Invite.tenant_id == Letter.tenant_id,"
        " foreign(Invite.letter_id) == Letter.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )
    partner: Mapped[Partner | None] = relationship(
        primaryjoin="and_(Invite.tenant_id == Partner.tenant_id,"
        " foreign(Invite.partner_id) == Partner.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )
    sent_by: Mapped[Membership | None] = relationship(
        primaryjoin="and_(Invite.tenant_id == Membership.tenant_id,"
        " foreign(Invite.sent_by_id) == Membership.id)",
        viewonly=True,
        lazy="raise_on_sql",
    )

    @property
    def state(self) -> InviteState:
        """What became of it, as of now."""
        if self.accepted_at:
            return InviteState.ACCEPTED
        if self.declined_at:
            return InviteState.DECLINED
        if self.revoked_at:
            return InviteState.REVOKED
        expired = self.replaced_at or self.expires_at <= now()
        return InviteState.EXPIRED if expired else InviteState.PENDING

    @validates("email")
    def _keep_key(self, _attribute: str, email: str) -> str:
        self.email_key = key_of(email)
        return email


keep_told(Invite)
make_searchable(Invite, "email_key")
