"""What needs attention in the tenant: each finding counted to a limit, with an example."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy import CompoundSelect, Select, literal, select, union_all

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
    found = _first(looks, of_team=may(who, Permission.TEAM_MANAGE))
    return [_finding(look, these) for look, these in zip(looks, found, strict=True) if these]


def _finding(look: Look, found: Sequence[Found]) -> Finding:
    """Say what was found; one alone is led to, of several to the list of them."""
    alone = look.alone(found[0]) if look.alone and len(found) == 1 else None
    filtered: dict[str, Any] = dict([look.filtered])
    several = (url_for(f"{look.screen}.index_view", **filtered), look.link)
    url, link = alone or several
    return Finding(look.icon, look.kind, *look.said(look, found), url, link)


def _first(looks: tuple[Look, ...], *, of_team: bool) -> list[list[Found]]:
    """Find the first that each look finds, all in one statement."""
    found: list[list[Found]] = [[] for _ in looks]
    if looks:
        values = rotations.around(now())
        for place, *row in db.session.execute(_statement(looks, of_team), values).all():
            found[place].append(Found(*row))
    return found


@cache
def _statement(looks: tuple[Look, ...], of_team: bool) -> CompoundSelect[Any]:  # noqa: FBT001
    parts = (_seen(look, of_team=of_team).limit(constant(MOST)).subquery() for look in looks)
    return union_all(*(select(literal(place), *part.c) for place, part in enumerate(parts)))


def _seen(look: Look, *, of_team: bool) -> Select[Any]:
    """Leave out the invites to the staff for who does not manage the team."""
    those = look.those.add_columns(look.why.label("why"))
    return those.where(known(of_team=of_team)) if look.of_invites else those
