"""Search across partners, sources, people and invites."""

from collections.abc import Iterator
from typing import Any

from flask import request, url_for
from sqlalchemy import literal, or_, select
from sqlalchemy.orm import joinedload

from admin_views.base import Panel, Screen, now_at, page
from admin_views.lead_words import name_of
from admin_views.object_pages import address_of
from models import Invite, Lead, Membership, Partner, Source, User, db
from models.search import is_by_part, matching
from operations.lead_search import sought
from operations.pending_invites import known_to
from policy import Permission, may
from visitor import actor

#: Hits of each kind on the page; the list has the rest.
MOST = 10

Hit = dict[str, Any]


class Search(Screen):
    """One box for everything that has a name; an identifier leads straight to its object."""

    panel = Panel.STAFF

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self) -> Any:
        """Show what was found, grouped, as far as this role may see it."""
        q = request.args.get("q", "").strip()[:200]
        if address := address_of(q):
            return now_at(address)
        groups = [group for group in self._groups(q) if group["hits"]] if q else []
        return self.render(
            "staff/search.html",
            q=q,
            groups=groups,
            looked_in=[kind[1] for kind in self._kinds()],
            is_short=not is_by_part(q),
        )

    def _kinds(self) -> list[Any]:
        return [kind for kind in KINDS if may(self.actor, kind[0])]

    def _groups(self, q: str) -> Iterator[dict[str, Any]]:
        for _needs, title, endpoint, look in self._kinds():
            hits = look(q, may_team=may(self.actor, Permission.TEAM_MANAGE))
            yield {
                "title": title,
                "hits": hits[:MOST],
                "all_url": url_for(endpoint, q=q) if len(hits) > MOST else None,
            }


def _partners(q: str, **_: bool) -> list[Hit]:
    wanted = select(Partner).where(matching(Partner.name_key, q))
    return [
        {"name": row.name, "state": row.status, "url": address_of(row.public_id), "more": ""}
        for row in db.session.scalars(wanted.order_by(Partner.name_key).limit(MOST + 1))
    ]


def _sources(q: str, **_: bool) -> list[Hit]:
    wanted = (
        select(Source)
        .options(joinedload(Source.partner))
        .where(matching(Source.name_key, q), Source.deleted_at.is_(None))
    )
    return [
        {
            "name": row.name,
            "state": row.status,
            "url": address_of(row.public_id),
            "more": row.partner.name if row.partner else "No partner",
        }
        for row in db.session.scalars(wanted.order_by(Source.name_key).limit(MOST + 1))
    ]


def _people(q: str, *, may_team: bool) -> list[Hit]:
    wanted = (
        select(Membership)
        .join(Membership.user)
        .options(joinedload(Membership.user), joinedload(Membership.partner))
        .where(
            matching(User.search_key, q),
            Membership.removed_at.is_(None),
            or_(Membership.partner_id.is_not(None), literal(may_team)),
        )
    )
    return [
        {
            "name": row.user.name,
            "state": None,
            "url": _list_of(row),
            "more": f"{row.user.email} · {row.role.word}",
            "of": row.partner.name if row.partner else "",
        }
        for row in db.session.scalars(wanted.order_by(User.search_key).limit(MOST + 1))
    ]


def _list_of(member: Membership) -> str:
    if member.partner is None:
        return url_for("team.index_view", q=member.user.email)
    return url_for(
        "partner_users.index_view", partner_id=member.partner.public_id, q=member.user.email
    )


def _invites(q: str, **_: bool) -> list[Hit]:
    wanted = (
        select(Invite)
        .options(joinedload(Invite.partner))
        .where(matching(Invite.email_key, q), known_to(actor()))
        .order_by(Invite.id.desc())
    )
    return [
        {
            "name": row.email,
            "state": row.state,
            "url": url_for("invites.index_view", q=row.email),
            "more": row.partner.name if row.partner else "Team",
        }
        for row in db.session.scalars(wanted.limit(MOST + 1))
    ]


def _leads(q: str, **_: bool) -> list[Hit]:
    """Find leads by a whole address or number; an identifier leads to its page before this."""
    wanted = select(Lead).where(sought(q)).order_by(Lead.id.desc()).limit(MOST + 1)
    return [
        {
            "name": name_of(row),
            "state": row.state,
            "url": address_of(row.public_id),
            "more": " · ".join(filter(None, (row.email, row.phone))),
        }
        for row in db.session.scalars(wanted)
    ]


KINDS = (
    (Permission.PARTNERS_VIEW, "Partners", "partners.index_view", _partners),
    (Permission.SOURCES_VIEW, "Sources", "sources.index_view", _sources),
    (Permission.LEADS_VIEW, "Leads", "leads.index_view", _leads),
    (Permission.USERS_VIEW, "People", "users.index_view", _people),
    (Permission.INVITES_VIEW, "Invites", "invites.index_view", _invites),
)
