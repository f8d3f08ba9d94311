"""A look: where staff look for something that needs attention, and what is said of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from flask import url_for
from markupsafe import Markup
from sqlalchemy import Select, SQLColumnExpression, literal

from admin_views import cells
from admin_views.credential_words import closes_in, still_used
from admin_views.frame import moment
from admin_views.words import lasting, plural
from models import Partner, Source, now
from operations import rotations
from policy import Permission, may
from visitor import actor

NO_REASON: SQLColumnExpression[str] = literal("")
#: Counting stops here: what needs attention is not counted for seconds.
MOST = 100


class Found(NamedTuple):
    """The first row that was found, of how many.

    What it is called, which it is, when that was or will be, and why.
    """

    name: str
    id: UUID
    at: datetime | None
    why: str
    #: Counted no further than `MOST`.
    number: int


Said = tuple[str, Markup | str]
Way = tuple[str, str] | None


def counted(look: "Look", found: Found) -> Said:
    """Say how many were found, and name the first."""
    most = f"{MOST - 1}+ {look.many}"
    text = most if found.number == MOST else plural(found.number, look.one, look.many)
    return text, cells.person(found.name)


@dataclass(frozen=True)
class Look:
    """Where to look for something: who may, what it is called, and the rows that are found."""

    needs: Permission
    icon: str
    kind: str
    one: str
    many: str
    #: Their names, identifiers and moments (Found), the first of them first.
    those: Select[Any]
    #: The list that shows them, and its filter.
    screen: str
    filtered: tuple[str, str]
    link: str
    #: Why it came to that, where somebody said so.
    why: SQLColumnExpression[str] = NO_REASON
    #: Whether they are invites, of which some are the team's matter.
    of_invites: bool = False
    said: Callable[["Look", Found], Said] = counted
    #: Where one alone is dealt with: the address, and what the link says.
    alone: Callable[[Found], Way] | None = None


def silent(look: Look, found: Found) -> Said:
    """Say for how long nothing has come from the one that is silent for longest."""
    text, name = counted(look, found)
    span = lasting(found.at, moment())
    if found.number == 1:
        return text, Markup("{}: no call for {}.").format(name, span)
    return text, Markup("Longest: {}, {}.").format(name, span)


def refused(look: Look, found: Found) -> Said:
    """Say what the mail server answered; it may have said nothing."""
    text, name = counted(look, found)
    answer = Markup(": “{}”").format(found.why) if found.why else ""
    latest = "Latest: " if found.number > 1 else ""
    return text, Markup("{}{}{}.").format(latest, name, answer)


def closing(look: Look, found: Found) -> Said:
    """Say when the first key closes, and how much of what comes still comes with it."""
    which = rotations.soon_refused(**rotations.around(now()))
    when, rotation = closes_in(found.at), rotations.next_of(found.id, which)
    share = still_used(rotation) if rotation else ""
    if found.number == 1:
        return f"An old key closes {when}", share
    return counted(look, found)[0], Markup("The first {}. {}").format(when, share)


def open_source(found: Found) -> Way:
    source = Source(id=found.id).public_id
    return url_for("source.index_view", source_id=source), "Open source"


def open_credentials(found: Found) -> Way:
    source = Source(id=found.id).public_id
    return url_for("source_credentials.index_view", source_id=source), "Open credentials"


def task(tab: str, task: str, needs: Permission, word: str) -> Callable[[Found], Way]:
    """Lead to the task of a partner's page that mends it, for who may do it."""

    def way(found: Found) -> Way:
        partner = Partner(id=found.id).public_id
        page = url_for(f"partner_{tab}.index_view", partner_id=partner)
        return (f"{page}?{task}#{task}", word) if may(actor(), needs) else None

    return way
