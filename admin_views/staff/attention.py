"""What needs attention in the tenant: each finding counted to a limit, with an example."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, select

from admin_views.words import plural
from models import Invite, Letter, Partner, PartnerStatus, Source, db, now
from models.invite import expired_invites, open_invites, pending_invites
from models.partner import without_admin, without_source
from operations.pending_invites import known_to
from policy import Actor, Permission, may
from visitor import actor

#: Counting stops here: what needs attention is not counted for seconds.
MOST = 100
SOON = timedelta(days=2)


@dataclass(frozen=True)
class Finding:
    """One thing to look into."""

    icon: str
    kind: str
    text: str
    example: str
    url: str
    link: str


def findings(who: Actor) -> list[Finding]:
    """List what this role can look into, what is wrong before what only waits."""
    found = (look() for needs, look in LOOKS if may(who, needs))
    return [finding for finding in found if finding is not None]


def _found(query: Select[Any]) -> tuple[int, str]:
    """Count to the limit, and name the first; one statement."""
    names = db.session.scalars(query.limit(MOST)).all()
    return len(names), names[0] if names else ""


def _said(number: int, one: str, many: str) -> str:
    return f"{MOST - 1}+ {many}" if number == MOST else plural(number, one, many)


def _failed_mails() -> Finding | None:
    """Invites whose mail the server refused."""
    lost = (
        select(Invite.email)
        .join(Invite.letter)
        .where(known_to(actor()), open_invites(), Letter.failed_at.is_not(None))
        .order_by(Invite.id.desc())
    )
    number, example = _found(lost)
    text = _said(number, "mail could not be delivered", "mails could not be delivered")
    url = url_for("invites.index_view", delivery="failed")
    return Finding("mail", "bad", text, example, url, "Open failed invites") if number else None


def _expired_invites() -> Finding | None:
    """Invites that nobody answered in time."""
    over = (
        select(Invite.email)
        .where(known_to(actor()), expired_invites())
        .order_by(Invite.expires_at.desc())
    )
    number, example = _found(over)
    text = _said(number, "invite has expired", "invites have expired")
    url = url_for("invites.index_view", state="expired")
    return Finding("clock", "warn", text, example, url, "Open expired invites") if number else None


def _expiring_invites() -> Finding | None:
    """Invites that will expire within two days."""
    soon = (
        select(Invite.email)
        .where(known_to(actor()), pending_invites(), Invite.expires_at <= now() + SOON)
        .order_by(Invite.expires_at)
    )
    number, example = _found(soon)
    text = _said(number, "invite expires within two days", "invites expire within two days")
    url = url_for("invites.index_view", state="pending")
    return Finding("clock", "warn", text, example, url, "Open pending invites") if number else None


def _asked_to_go_live() -> Finding | None:
    """Sources that their partners want to be live."""
    asked = (
        select(Source.name)
        .where(Source.go_live_asked_at.is_not(None), Source.deleted_at.is_(None))
        .order_by(Source.go_live_asked_at)
    )
    number, example = _found(asked)
    text = _said(number, "source waits to go live", "sources wait to go live")
    url = url_for("sources.index_view", asked="yes")
    return Finding("sources", "warn", text, example, url, "Open these sources") if number else None


def _partners_without_admin() -> Finding | None:
    """Active partners that nobody can manage from their side."""
    number, example = _found(_active(without_admin()))
    text = _said(number, "partner has no Partner Admin", "partners have no Partner Admin")
    url = url_for("partners.index_view", without="admin")
    return Finding("users", "warn", text, example, url, "Open these partners") if number else None


def _partners_without_source() -> Finding | None:
    """Active partners that cannot send a lead."""
    number, example = _found(_active(without_source()))
    text = _said(number, "partner has no source", "partners have no source")
    url = url_for("partners.index_view", without="source")
    return Finding("sources", "warn", text, example, url, "Open these partners") if number else None


def _active(lacking: ColumnElement[bool]) -> Select[Any]:
    """Ask in the order of age, which the index of those that lack something is in."""
    return (
        select(Partner.name)
        .where(Partner.status == PartnerStatus.ACTIVE, lacking)
        .order_by(Partner.id)
    )


LOOKS: tuple[tuple[Permission, Callable[[], Finding | None]], ...] = (
    (Permission.INVITES_VIEW, _failed_mails),
    (Permission.SOURCES_EDIT, _asked_to_go_live),
    (Permission.USERS_VIEW, _partners_without_admin),
    (Permission.SOURCES_VIEW, _partners_without_source),
    (Permission.INVITES_VIEW, _expired_invites),
    (Permission.INVITES_VIEW, _expiring_invites),
)
