"""What needs attention in the tenant: each finding counted to a limit, with an example."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import url_for
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    bindparam,
    literal,
    select,
    union_all,
)

from admin_views.words import plural
from models import Flow, Invite, Letter, Partner, PartnerStatus, Source, db, now
from models.invite import expired_invites, open_invites, pending_invites
from models.partner import without_admin, without_source
from models.source import unusual_flow
from operations.pending_invites import known
from policy import Actor, Permission, may

#: Counting stops here: what needs attention is not counted for seconds.
MOST = 100
SOON = timedelta(days=2)
MOMENT: BindParameter[datetime] = bindparam("moment")


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
    names: Select[Any]
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
    looks = tuple(look for look in LOOKS if may(who, look.needs))
    found = _names(looks, of_team=may(who, Permission.TEAM_MANAGE))
    return [look.finding(names) for look, names in zip(looks, found, strict=True) if names]


def _names(looks: tuple[Look, ...], *, of_team: bool) -> list[list[str]]:
    """Find the first names that each look finds, all in one statement."""
    found: list[list[str]] = [[] for _ in looks]
    if looks:
        moment = now()
        values = {"moment": moment, "soon": moment + SOON}
        for place, name in db.session.execute(_statement(looks, of_team), values).all():
            found[place].append(name)
    return found


@cache
def _statement(looks: tuple[Look, ...], of_team: bool) -> CompoundSelect[Any]:  # noqa: FBT001
    parts = (_seen(look, of_team=of_team).limit(MOST).subquery() for look in looks)
    return union_all(*(select(literal(place), part.c[0]) for place, part in enumerate(parts)))


def _seen(look: Look, *, of_team: bool) -> Select[Any]:
    """Leave out the invites to the staff for who does not manage the team."""
    return look.names.where(known(of_team=of_team)) if look.screen == "invites" else look.names


#: Invites whose mail the server refused, the latest refusal first.
FAILED = (
    select(Invite.email)
    .join(Invite.letter)
    .where(open_invites(), Letter.failed_at.is_not(None))
    .order_by(Letter.failed_at.desc())
)
#: Invites that nobody answered in time, and those whose time will soon have run out.
EXPIRED = select(Invite.email).where(expired_invites(MOMENT)).order_by(Invite.expires_at.desc())
EXPIRING = (
    select(Invite.email)
    .where(pending_invites(MOMENT), Invite.expires_at <= bindparam("soon"))
    .order_by(Invite.expires_at)
)
#: Sources that their partners want to be live.
ASKED_TO_GO_LIVE = (
    select(Source.name)
    .where(Source.go_live_asked_at.is_not(None), Source.deleted_at.is_(None))
    .order_by(Source.go_live_asked_at)
)


def _flowing(flow: Flow) -> Select[Any]:
    """Find sources whose calls are not what the weeks before lead to expect."""
    theirs = select(Source.name).where(unusual_flow(), Source.flow == flow)
    return theirs.order_by(Source.flow_since)


def _active(lacking: ColumnElement[bool]) -> Select[Any]:
    """Find active partners that lack something, in the order of age, which their index is in."""
    active = select(Partner.name).where(Partner.status == PartnerStatus.ACTIVE, lacking)
    return active.order_by(Partner.id)


LOOKS = (
    Look(
        needs=Permission.INVITES_VIEW,
        icon="mail",
        kind="bad",
        one="mail could not be delivered",
        many="mails could not be delivered",
        names=FAILED,
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
        names=ASKED_TO_GO_LIVE,
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
        names=_active(without_admin()),
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
        names=_active(without_source()),
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
        names=EXPIRED,
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
        names=EXPIRING,
        screen="invites",
        filtered=("state", "pending"),
        link="Open pending invites",
    ),
)
