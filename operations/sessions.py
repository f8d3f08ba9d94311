"""Sessions: begun at sign-in, looked up on every request, ended in many ways."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, select, update

from config import Settings
from models import (
    LoginSession,
    Membership,
    Partner,
    Tenant,
    User,
    across_tenants,
    db,
    now,
)
from models.base import new_secret
from models.engine import writing
from operations.places import Place, places, with_places

#: "Last seen" is written at most this often.
TOUCH_EVERY = timedelta(minutes=1)


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


#: Built once, as every request asks it.
EVERYTHING = with_places(
    select(LoginSession, User, Membership, Tenant, Partner)
    .join(User, User.id == LoginSession.user_id)
    .outerjoin(Membership, and_(Membership.user_id == User.id, Membership.removed_at.is_(None)))
    .where(
        LoginSession.key_hash == bindparam("key_hash"),
        LoginSession.ended_at.is_(None),
        User.suspended_at.is_(None),
    )
)


def resume(key: str, settings: Settings) -> SignedIn | None:
    """Find the session of a cookie, or None when it ended, idled out or grew too old.

    One statement: the session, the person and every membership are read afresh each time.
    """
    with across_tenants(db.session):
        rows = db.session.execute(EVERYTHING, {"key_hash": fingerprint(key)}).all()
    if not rows:
        return None
    signed_in = SignedIn(rows[0][0], rows[0][1], places([row[2:] for row in rows]))
    limit = signed_in.place.tenant.idle_minutes if signed_in.place else None
    return None if why_over(signed_in.session, limit, settings) else signed_in


def why_over(row: LoginSession, idle_minutes: int | None, settings: Settings) -> str:
    """Say why a session no longer holds: ended, long or idle; nothing when it does.

    `idle_minutes` is the tenant's own limit, if it has one.
    """
    idle = idle_minutes or settings.session_idle_minutes
    if row.ended_at:
        return "ended"
    if now() - row.created_at > timedelta(hours=settings.session_hours):
        return "long"
    return "idle" if now() - row.last_seen_at > timedelta(minutes=idle) else ""


def still_open(
    settings: Settings,
    *where: ColumnElement[bool],
    most: int,
    first: Sequence[ColumnElement[bool]] = (),
) -> list[LoginSession]:
    """List the sessions that hold now, the latest seen first, or behind those that come `first`."""
    began_after = now() - timedelta(hours=settings.session_hours)
    rows = db.session.execute(
        select(LoginSession, Tenant.idle_minutes)
        .outerjoin(Tenant, Tenant.id == LoginSession.tenant_id)
        .where(*where, LoginSession.ended_at.is_(None), LoginSession.created_at > began_after)
        .order_by(*(one.desc() for one in first), LoginSession.last_seen_at.desc())
        .limit(most)
    )
    return [row for row, idle in rows if not why_over(row, idle, settings)]


def why_key_is_over(key: str, settings: Settings) -> tuple[str, str]:
    """Say to whoever holds an old key why it no longer opens anything, and whose it was.

    Whose is said where it only idled: nobody has signed out, and it is of these hours.
    """
    found = db.session.execute(
        select(LoginSession, Tenant.idle_minutes, User.email)
        .join(User, User.id == LoginSession.user_id)
        .outerjoin(Tenant, Tenant.id == LoginSession.tenant_id)
        .where(LoginSession.key_hash == fingerprint(key))
    ).first()
    if found is None:
        return "", ""
    row, idle, email = found
    why = why_over(row, idle, settings)
    return why, email if why == "idle" else ""


def touch(signed_in: SignedIn) -> None:
    """Note that the person is here, at most once a minute, in a transaction of its own."""
    moment = now()
    if moment - signed_in.session.last_seen_at < TOUCH_EVERY:
        return
    _begin_afresh()
    with writing(), across_tenants(db.session):
        db.session.execute(
            update(LoginSession)
            .where(
                LoginSession.id == signed_in.session.id,
                LoginSession.last_seen_at <= moment - TOUCH_EVERY,
            )
            .values(last_seen_at=moment)
            .execution_options(synchronize_session=False)
        )
        if signed_in.place:
            _touch_membership(signed_in.place.membership, moment)
        db.session.commit()


def _begin_afresh() -> None:
    """End the transaction that only looked the session up, and keep what it found."""
    db.session.expunge_all()
    db.session.rollback()


def _touch_membership(membership: Membership, moment: datetime) -> None:
    db.session.execute(
        update(Membership)
        .where(Membership.tenant_id == membership.tenant_id, Membership.id == membership.id)
        .values(last_active_at=moment)
        .execution_options(synchronize_session=False)
    )


def end_all(user_id: uuid.UUID, besides: uuid.UUID | None = None) -> None:
    """End every session of a person, except perhaps the one they are using."""
    others = () if besides is None else (LoginSession.id != besides,)
    end_where(LoginSession.user_id == user_id, *others)


def end_where(*criteria: ColumnElement[bool]) -> list[LoginSession]:
    """End the sessions that meet the criteria, and say which they were."""
    ended = db.session.scalars(
        update(LoginSession)
        .where(*criteria, LoginSession.ended_at.is_(None))
        .values(ended_at=now())
        .returning(LoginSession)
        .execution_options(synchronize_session=False)
    )
    return list(ended)


def choose(signed_in: SignedIn, place: Place) -> None:
    """Work from now on in this place, and be seen there."""
    with across_tenants(db.session):
        _touch_membership(place.membership, now())
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
    _begin_afresh()
    with writing():
        choose(signed_in, signed_in.places[0])
        db.session.commit()
    return signed_in.places[0]
