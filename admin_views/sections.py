"""The sections of both panels as the sidebar lists them, with what calls for action in each."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import g, request, url_for
from sqlalchemy import ColumnElement, Select, bindparam, func, select

from models import Flow, Invite, Source, db
from models.engine import constant
from models.invite import failed_invites, open_invites, pending_invites
from operations import flows
from operations.pending_invites import known
from policy import Actor, Permission, may

#: (word, icon, endpoint, permission); a group's title first.
STAFF = (
    (
        None,
        (
            ("Dashboard", "dashboard", "dashboard.index_view", Permission.PANEL_OPEN),
            ("Partners", "partners", "partners.index_view", Permission.PARTNERS_VIEW),
            ("Sources", "sources", "sources.index_view", Permission.SOURCES_VIEW),
            ("Leads", "leads", "leads.index_view", Permission.LEADS_VIEW),
            ("Users", "users", "users.index_view", Permission.USERS_VIEW),
            ("Invites", "invites", "invites.index_view", Permission.INVITES_VIEW),
        ),
    ),
    (
        "Manage",
        (
            ("Audit", "audit", "audit.index_view", Permission.AUDIT_VIEW),
            ("Team", "team", "team.index_view", Permission.TEAM_MANAGE),
            ("Settings", "settings", "settings.index_view", Permission.SETTINGS_MANAGE),
        ),
    ),
)
PARTNER = (
    (
        None,
        (
            ("Dashboard", "dashboard", "portal.index_view", Permission.PANEL_OPEN),
            ("Sources", "sources", "portal_sources.index_view", Permission.SOURCES_VIEW),
            ("Leads", "leads", "portal_leads.index_view", Permission.LEADS_VIEW),
            ("Users", "users", "portal_users.index_view", Permission.USERS_VIEW),
            ("Invites", "invites", "portal_invites.index_view", Permission.INVITES_VIEW),
        ),
    ),
    (
        "Manage",
        (
            ("Activity", "audit", "portal_activity.index_view", Permission.AUDIT_VIEW),
            ("Partner account", "settings", "portal_account.index_view", Permission.PANEL_OPEN),
        ),
    ),
)

HOMES = ("dashboard.index_view", "portal.index_view")


def sections(actor: Actor, moment: datetime) -> Iterator[dict[str, Any]]:
    """Describe the sections that this actor may open, in groups, for the sidebar."""
    counts = _counts(actor, moment)
    for title, items in STAFF if actor.is_staff else PARTNER:
        offered = [item for item in items if may(actor, item[3])]
        if offered:
            yield {"title": title, "items": [_item(*item[:3], counts) for item in offered]}


def belongs_to(address: str) -> None:
    """Mark the section of this address as the one that the page of this request is in."""
    g.section = address


def _item(word: str, icon: str, endpoint: str, counts: dict[str, Any]) -> dict[str, Any]:
    url, path = url_for(endpoint), g.get("section", request.path)
    return {
        "word": word,
        "icon": icon,
        "url": url,
        # An object's page belongs to its section: /admin/partners/<id>/ to /admin/partners/. One
        # whose address does not say so names an address that does (`belongs_to`).
        "current": path == url if endpoint in HOMES else path.startswith(url),
        "counts": counts.get(word, []),
    }


def _calling(theirs: ColumnElement[bool]) -> Select[Any]:
    """Count what calls for action; each count stops at a hundred."""
    pending = select(Invite.id).where(theirs, pending_invites(bindparam("moment")))
    failed = select(Invite.id).where(theirs, failed_invites(), open_invites())
    silent = select(Source.id).where(flows.of_flow(Flow.SILENT))
    stopped = (query.limit(constant(100)).subquery() for query in (pending, failed, silent))
    numbers = (select(func.count()).select_from(query) for query in stopped)
    return select(*(number.scalar_subquery() for number in numbers))


#: Built once; invites to the staff count for who manages the team.
CALLING, CALLING_TEAM = _calling(known(of_team=False)), _calling(known(of_team=True))


def _counts(actor: Actor, moment: datetime) -> dict[str, list[dict[str, Any]]]:
    """Count what calls for action, in one statement."""
    if not may(actor, Permission.INVITES_VIEW) and not may(actor, Permission.SOURCES_VIEW):
        return {}
    calling = CALLING_TEAM if may(actor, Permission.TEAM_MANAGE) else CALLING
    waiting, lost, silent = db.session.execute(calling, {"moment": moment}).one()
    return {
        "Invites": [*_said(waiting, "pending"), *_said(lost, "failed", bad=True)],
        "Sources": _said(silent, "silent", bad=True),
    }


def _said(number: int, word: str, *, bad: bool = False) -> list[dict[str, Any]]:
    return [{"n": _capped(number), "word": word, "bad": bad}] if number else []


def _capped(number: int) -> int | str:
    return number if number < 100 else "99+"  # noqa: PLR2004
