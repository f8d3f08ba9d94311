"""The staff dashboard: key counts, what needs attention, what happened last."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, bindparam, literal_column, select

from admin_views import long_lists, metrics, rankings
from admin_views.base import Screen, page
from admin_views.staff import attention, recent
from admin_views.words import counted
from models import (
    Invite,
    Membership,
    Partner,
    PartnerStatus,
    Role,
    Source,
    SourceStatus,
    db,
    now,
)
from models.counting import capped
from models.invite import pending_invites
from operations.asked import Whose
from operations.pending_invites import known
from policy import Actor, Permission, may

RECENT = 8
#: A mark for each row that is counted: so an index is read and no row.
ONE: ColumnElement[int] = literal_column("1")


class Dashboard(Screen):
    """The first page of the staff panel."""

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self) -> Any:
        """Show the tenant at a glance, as far as this role sees it."""
        figures = _figures(self.actor)
        return self.render(
            "staff/dashboard.html",
            figures=figures,
            steps=_first_steps(self.actor) if _is_empty(figures) else [],
            findings=attention.findings(self.actor),
            recent=recent.in_tenant(RECENT) if may(self.actor, Permission.AUDIT_VIEW) else None,
            looks=may(self.actor, Permission.PARTNERS_VIEW),
            **_metrics(self.actor),
        )


def _one(table: Any) -> Select[Any]:
    return select(ONE).select_from(table)


@dataclass(frozen=True)
class Count:
    """A key count: who may see it, what it says, and the list of the rows it counts."""

    needs: Permission
    word: str
    help: str
    rows: Select[Any]
    screen: str
    filtered: tuple[tuple[str, str], ...] = ()
    #: Whether they are invites, of which some are the team's matter.
    of_invites: bool = False


COUNTS = (
    Count(
        Permission.PARTNERS_VIEW,
        "Active partners",
        "take leads",
        _one(Partner).where(Partner.status == PartnerStatus.ACTIVE),
        "partners",
        (("status", "active"),),
    ),
    Count(
        Permission.SOURCES_VIEW,
        "Live sources",
        "take leads",
        _one(Source).where(Source.status == SourceStatus.LIVE, Source.deleted_at.is_(None)),
        "sources",
        (("status", "live"),),
    ),
    Count(
        Permission.USERS_VIEW,
        "Partner users",
        "can sign in",
        _one(Membership).where(Membership.partner_id.is_not(None), Membership.removed_at.is_(None)),
        "users",
    ),
    Count(
        Permission.INVITES_VIEW,
        "Pending invites",
        "wait for an answer",
        _one(Invite).where(pending_invites(bindparam("moment"))),
        "invites",
        (("state", "pending"),),
        of_invites=True,
    ),
)


def _figures(actor: Actor) -> list[dict[str, str]]:
    """Count everything in one statement, each count stopping where lists stop."""
    chosen = tuple(count for count in COUNTS if may(actor, count.needs))
    short = tuple(one for one in chosen if not long_lists.is_long(_list_of(one, actor)))
    found = dict(zip(short, _counted(short, actor), strict=True))
    return [_figure(count, found.get(count, long_lists.BEYOND)) for count in chosen]


def _list_of(count: Count, actor: Actor) -> tuple[uuid.UUID | None, Role, str]:
    return actor.membership_id, actor.role, count.word


def _counted(counts: tuple[Count, ...], actor: Actor) -> Sequence[int]:
    if not counts:
        return ()
    statement = _counting(counts, may(actor, Permission.TEAM_MANAGE))
    numbers = db.session.execute(statement, {"moment": now()}).one()
    for count, number in zip(counts, numbers, strict=True):
        long_lists.learn(_list_of(count, actor), number)
    return numbers


@cache
def _counting(chosen: tuple[Count, ...], of_team: bool) -> Select[*tuple[int, ...]]:  # noqa: FBT001
    rows = [
        count.rows.where(known(of_team=of_team)) if count.of_invites else count.rows
        for count in chosen
    ]
    return select(*(capped(query, ONE) for query in rows))


def _figure(count: Count, number: int) -> dict[str, str]:
    asked: dict[str, Any] = dict(count.filtered)
    url = url_for(f"{count.screen}.index_view", **asked)
    return {"word": count.word, "help": count.help, "url": url, "value": counted(number)}


def _metrics(actor: Actor) -> dict[str, Any]:
    """Describe the tenant's figures; none for a role that does not see them."""
    if not may(actor, Permission.METRICS_VIEW):
        return {"metrics": None}
    whose = Whose(actor.tenant_id)
    return {
        "metrics": metrics.section(whose),
        "ranked": rankings.partners(actor.tenant_id),
        "reasons": rankings.reasons(whose),
    }


def _is_empty(figures: Sequence[dict[str, str]]) -> bool:
    return bool(figures) and all(figure["value"] == "0" for figure in figures)


def _first_steps(actor: Actor) -> list[dict[str, str]]:
    steps = (
        (
            Permission.PARTNERS_EDIT,
            "partners",
            "Create a partner",
            "A business that supplies leads, with its contact and account manager.",
            f"{url_for('partners.index_view')}new",
        ),
        (
            Permission.SOURCES_EDIT,
            "sources",
            "Add a source",
            "The endpoint its leads arrive through. Assign it to the partner.",
            f"{url_for('sources.index_view')}new",
        ),
        (
            Permission.INVITES_SEND,
            "invites",
            "Invite its people",
            "A Partner Admin can invite everybody else of the partner.",
            url_for("invites.index_view"),
        ),
    )
    return [
        {"icon": icon, "title": title, "text": text, "url": url}
        for needs, icon, title, text, url in steps
        if may(actor, needs)
    ]
