"""Sessions: begun at sign-in, looked up on every request, ended in many ways."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update

from config import Settings
from models import (
    LoginSession,
    Membership,
    Partner,
    PartnerStatus,
    Tenant,
    User,
    across_tenants,
    db,
    now,
)
from models.base import new_secret
from models.engine import expect_writes

#: "Last seen" is written at most this often.
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Place:
    """One membership with what its panel is called."""

    membership: Membership
    tenant: Tenant
    partner: Partner | None

    @property
    def name(self) -> str:
        """What the switcher calls it."""
        return self.partner.name if self.partner else self.tenant.name


@dataclass
class SignedIn:
    """A session that holds, the person it belongs to, and the places that person may enter."""

    session: LoginSession
    user: User
    places: Sequence[Place] = field(default_factory=list)

    @property
    def place(self) -> Place | None:
        """Where the person works now, or None once that membership is gone.

        Nobody slides into another place unasked: `/` offers what is left.
        """
        chosen = self.session.membership_id
        return next((place for place in self.places if place.membership.id == chosen), None)


def fingerprint(secret: str) -> str:
    """SHA-256 in hex: enough for random secrets, and quick (SECURITY: password hashing)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def begin(user: User, address: str, device: str) -> str:
    """Open a session with a fresh 256-bit key and return the key, which is stored nowhere."""
    key = new_secret()
    row = LoginSession(
        key_hash=fingerprint(key), user_id=user.id, address=address[:45], device=device[:200]
    )
    db.session.add(row)
    return key


def resume(key: str, settings: Settings) -> SignedIn | None:
    """Find the session of a cookie, or None when it ended, idled out or grew too old.

    One statement: the session, the person and every membership are read afresh each time.
    """
    with across_tenants(db.session):
        rows = db.session.execute(_everything_about(fingerprint(key))).all()
    if not rows:
        return None
    places = [Place(m, t, p) for _, _, m, t, p in rows if m is not None]
    signed_in = SignedIn(rows[0][0], rows[0][1], places)
    return None if _is_over(signed_in, settings) else signed_in


def _everything_about(key_hash: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    enterable = or_(Membership.partner_id.is_(None), Partner.status != PartnerStatus.ARCHIVED)
    return (
        select(LoginSession, User, Membership, Tenant, Partner)
        .join(User, User.id == LoginSession.user_id)
        .outerjoin(Membership, and_(Membership.user_id == User.id, Membership.removed_at.is_(None)))
        .outerjoin(Tenant, Tenant.id == Membership.tenant_id)
        .outerjoin(
            Partner,
            and_(
                Partner.tenant_id == Membership.tenant_id,
                Partner.id == Membership.partner_id,
            ),
        )
        .where(
            LoginSession.key_hash == key_hash,
            LoginSession.ended_at.is_(None),
            User.suspended_at.is_(None),
            or_(Membership.id.is_(None), enterable),
        )
        .order_by(Membership.partner_id.is_not(None), Membership.id)
    )


def _is_over(signed_in: SignedIn, settings: Settings) -> bool:
    place = signed_in.place
    idle = (place and place.tenant.idle_minutes) or settings.session_idle_minutes
    row = signed_in.session
    return now() - row.last_seen_at > timedelta(minutes=idle) or now() - row.created_at > timedelta(
        hours=settings.session_hours
    )


def touch(signed_in: SignedIn) -> None:
    """Note that the person is here, at most once a minute, in a transaction of its own."""
    if now() - signed_in.session.last_seen_at < TOUCH_EVERY:
        return
    db.session.rollback()
    expect_writes(writes=True)
    moment = now()
    with across_tenants(db.session):
        db.session.execute(
            update(LoginSession)
            .where(LoginSession.id == signed_in.session.id)
            .values(last_seen_at=moment)
        )
        if signed_in.place:
            _touch_membership(signed_in.place.membership, moment)
    db.session.commit()


def _touch_membership(membership: Membership, moment: datetime) -> None:
    db.session.execute(
        update(Membership)
        .where(Membership.tenant_id == membership.tenant_id, Membership.id == membership.id)
        .values(last_active_at=moment)
    )


def end(session_id: uuid.UUID) -> None:
    """End one session now."""
    _end(LoginSession.id == session_id)


def end_all(user_id: uuid.UUID, besides: uuid.UUID | None = None) -> None:
    """End every session of a person, except perhaps the one they are using."""
    condition = LoginSession.user_id == user_id
    if besides is not None:
        condition = and_(condition, LoginSession.id != besides)
    _end(condition)


def _end(condition) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    db.session.execute(
        update(LoginSession)
        .where(condition, LoginSession.ended_at.is_(None))
        .values(ended_at=now())
        .execution_options(synchronize_session=False)
    )


def choose(signed_in: SignedIn, place: Place) -> None:
    """Work from now on in this place."""
    signed_in.session.tenant_id = place.tenant.id
    signed_in.session.membership_id = place.membership.id
    db.session.execute(
        update(LoginSession)
        .where(LoginSession.id == signed_in.session.id)
        .values(
            tenant_id=place.tenant.id,
            membership_id=place.membership.id,
            preview_partner_id=None,
            preview_role=None,
        )
        .execution_options(synchronize_session=False)
    )


def settle(signed_in: SignedIn) -> Place | None:
    """Take the first place that is left when none is chosen; staff places come first."""
    if not signed_in.places:
        return None
    expect_writes(writes=True)
    db.session.rollback()
    choose(signed_in, signed_in.places[0])
    db.session.commit()
    return signed_in.places[0]
