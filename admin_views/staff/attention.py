"""What needs attention in the tenant: each finding counted to a limit, with an example."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, literal, select, union_all

from admin_views.words import plural
from models import Flow, Invite, Letter, Partner, PartnerStatus, Source, db, now
from models.invite import expired_invites, open_invites, pending_invites
from models.partner import without_admin, without_source
from models.source import unusual_flow
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


@dataclass(frozen=True)
class Look:
    """Where to look for something: who may, what it is called, and the names of what is found."""

    needs: Permission
    icon: str
    kind: str
    one: str
    many: str
    names: Callable[[], Select[Any]]
    #: The list that shows them, and its filter.
    screen: str
    filtered: tuple[str, str]
    link: str

    def finding(self, names: Sequence[str]) -> Finding:
        """Say what was found."""
        number, (name, value) = len(names), self.filtered
        text = f"{MOST - 1}+ {self.many}" if number == MOST else plural(number, self.one, self.many)
        url = f"{url_for(f'{self.screen}.index_view')}?{name}={value}"
        return Finding(self.icon, self.kind, text, names[0], url, self.link)


def findings(who: Actor) -> list[Finding]:
    """List what this role can look into, what is wrong before what only waits."""
    looks = [look for look in LOOKS if may(who, look.needs)]
    names = _names(looks)
    return [look.finding(names[place]) for place, look in enumerate(looks) if names[place]]


def _names(looks: Sequence[Look]) -> list[list[str]]:
    """Find the first names that each look finds, all in one statement."""
    found: list[list[str]] = [[] for _ in looks]
    parts = [look.names().limit(MOST).subquery() for look in looks]
    if parts:
        rows = union_all(*(select(literal(place), part.c[0]) for place, part in enumerate(parts)))
        for place, name in db.session.execute(rows):
            found[place].append(name)
    return found


def _invites(*which: ColumnElement[bool]) -> Select[Any]:
    return select(Invite.email).where(known_to(actor()), *which)


def _failed() -> Select[Any]:
    """Find invites whose mail the server refused, the latest refusal first."""
    lost = _invites(open_invites(), Letter.failed_at.is_not(None)).join(Invite.letter)
    return lost.order_by(Letter.failed_at.desc())


def _expired() -> Select[Any]:
    """Find invites that nobody answered in time."""
    return _invites(expired_invites()).order_by(Invite.expires_at.desc())


def _expiring() -> Select[Any]:
    """Find invites that will expire within two days."""
    soon = _invites(pending_invites(), Invite.expires_at <= now() + SOON)
    return soon.order_by(Invite.expires_at)


def _flowing(flow: Flow) -> Callable[[], Select[Any]]:
    """Find sources whose calls are not what the weeks before lead to expect."""

    def names() -> Select[Any]:
        theirs = select(Source.name).where(unusual_flow(), Source.flow == flow)
        return theirs.order_by(Source.flow_since)

    return names


def _asked_to_go_live() -> Select[Any]:
    """Find sources that their partners want to be live."""
    asked = select(Source.name).where(
        Source.go_live_asked_at.is_not(None), Source.deleted_at.is_(None)
    )
    return asked.order_by(Source.go_live_asked_at)


def _active(lacking: Callable[[], ColumnElement[bool]]) -> Callable[[], Select[Any]]:
    """Find active partners that lack something, in the order of age, which their index is in."""

    def names() -> Select[Any]:
        active = select(Partner.name).where(Partner.status == PartnerStatus.ACTIVE, lacking())
        return active.order_by(Partner.id)

    return names


LOOKS = (
    Look(
        needs=Permission.INVITES_VIEW,
        icon="mail",
        kind="bad",
        one="mail could not be delivered",
        many="mails could not be delivered",
        names=_failed,
        screen="invites",
        filtered=("delivery", "failed"),
        link="Open failed invites",
    ),
    *(
        Look(
            needs=Permission.SOURCES_VIEW,
            icon="sources",
            kind=kind,
            one=f"source {one}",
            many=f"sources {many}",
            names=_flowing(flow),
            screen="sources",
            filtered=("flow", flow),
            link="Open these sources",
        )
        for flow, kind, one, many in (
            (Flow.SILENT, "bad", "is silent", "are silent"),
            (Flow.LATE, "warn", "sends less than usual", "send less than usual"),
            (Flow.SURGING, "warn", "sends more than usual", "send more than usual"),
        )
    ),
    Look(
        needs=Permission.SOURCES_EDIT,
        icon="sources",
        kind="warn",
        one="source waits to go live",
        many="sources wait to go live",
        names=_asked_to_go_live,
        screen="sources",
        filtered=("asked", "yes"),
        link="Open these sources",
    ),
    Look(
        needs=Permission.USERS_VIEW,
        icon="users",
        kind="warn",
        one="partner has no Partner Admin",
        many="partners have no Partner Admin",
        names=_active(without_admin),
        screen="partners",
        filtered=("without", "admin"),
        link="Open these partners",
    ),
    Look(
        needs=Permission.SOURCES_VIEW,
        icon="sources",
        kind="warn",
        one="partner has no source",
        many="partners have no source",
        names=_active(without_source),
        screen="partners",
        filtered=("without", "source"),
        link="Open these partners",
    ),
    Look(
        needs=Permission.INVITES_VIEW,
        icon="clock",
        kind="warn",
        one="invite has expired",
        many="invites have expired",
        names=_expired,
        screen="invites",
        filtered=("state", "expired"),
        link="Open expired invites",
    ),
    Look(
        needs=Permission.INVITES_VIEW,
        icon="clock",
        kind="warn",
        one="invite expires within two days",
        many="invites expire within two days",
        names=_expiring,
        screen="invites",
        filtered=("state", "pending"),
        link="Open pending invites",
    ),
)
