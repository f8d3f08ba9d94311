"""What needs attention in the tenant: each finding counted to a limit, with an example."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    func,
    literal,
    select,
    union_all,
)

from admin_views.staff.look import MOST, Found, Look
from admin_views.staff.looks import LOOKS
from models import db, now
from models.engine import constant
from operations import rotations
from operations.pending_invites import known
from policy import Actor, Permission, may


@dataclass(frozen=True)
class Finding:
    """One thing to look into."""

    icon: str
    kind: str
    text: str
    example: Markup | str
    url: str
    link: str


def findings(who: Actor) -> list[Finding]:
    """List what this role can look into, what is wrong before what only waits."""
    looks = tuple(look for look in LOOKS if may(who, look.needs))
    if not looks:
        return []
    statement = _statement(looks, may(who, Permission.TEAM_MANAGE))
    rows = db.session.execute(statement, rotations.around(now()))
    found = {place: Found(*row) for place, *row in rows}
    return [_finding(looks[place], found[place]) for place in sorted(found)]


def _finding(look: Look, found: Found) -> Finding:
    """Say what was found; one alone is led to, of several to the list of them."""
    alone = look.alone(found) if look.alone and found.number == 1 else None
    filtered: dict[str, Any] = dict([look.filtered])
    several = (url_for(f"{look.screen}.index_view", **filtered), look.link)
    url, link = alone or several
    return Finding(look.icon, look.kind, *look.said(look, found), url, link)


@cache
def _statement(looks: tuple[Look, ...], of_team: bool) -> CompoundSelect[Any]:  # noqa: FBT001
    """Find the first that each look finds, and how many there are, all in one statement."""
    parts = (_seen(look, of_team=of_team).limit(constant(MOST)).subquery() for look in looks)
    return union_all(*(_first(literal(place), part) for place, part in enumerate(parts)))


def _first(place: ColumnElement[int], those: Subquery) -> Select[Any]:
    """Keep the first: on either database a window leaves what it is put over in its order."""
    number = func.count().over().label("number")
    return select(select(place, *those.c, number).limit(constant(1)).subquery())


def _seen(look: Look, *, of_team: bool) -> Select[Any]:
    """Leave out the invites to the staff for who does not manage the team."""
    those = look.those.add_columns(look.why.label("why"))
    return those.where(known(of_team=of_team)) if look.of_invites else those
