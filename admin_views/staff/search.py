"""Search across partners, sources, people and invites."""

from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from admin_views.base import Panel
from admin_views.lead_words import name_of
from admin_views.object_pages import address_of
from admin_views.search import MOST, Hit, Searching
from models import Invite, Lead, Membership, Partner, Source, User, db
from models.search import matching
from operations.lead_search import sought
from operations.pending_invites import known_to
from policy import Permission, may
from visitor import actor


def _first(
    key: InstrumentedAttribute[Any],
    hit: ColumnElement[bool],
    *which: ColumnElement[bool],
    is_down: bool = False,
) -> Select[Any]:
    """Find the first in the order of a key, which no two share.

    Their keys before the rows: where thousands match, or one in some hundreds does, PostgreSQL
    would read the rows of all of them, and join to each what is shown of the first.
    """
    order = key.desc() if is_down else key.asc()
    keys = select(key).where(hit, *which).order_by(order).limit(MOST + 1).correlate(None)
    return select(key.class_).where(key.in_(keys), *which).order_by(order)


def _partners(q: str) -> list[Hit]:
    wanted = _first(Partner.name_key, matching(Partner.name_key, q))
    return [
        {"name": row.name, "state": row.status, "url": address_of(row.public_id), "more": ""}
        for row in db.session.scalars(wanted)
    ]


def _sources(q: str) -> list[Hit]:
    hit, is_there = matching(Source.name_key, q), Source.deleted_at.is_(None)
    wanted = _first(Source.name_key, hit, is_there).options(joinedload(Source.partner))
    return [
        {
            "name": row.name,
            "state": row.state,
            "url": address_of(row.public_id),
            "more": row.partner.name if row.partner else "No partner",
        }
        for row in db.session.scalars(wanted)
    ]


def _people(q: str) -> list[Hit]:
    wanted = (
        select(Membership)
        .join(Membership.user)
        .options(joinedload(Membership.user), joinedload(Membership.partner))
        .where(
            matching(User.search_key, q),
            Membership.removed_at.is_(None),
            or_(Membership.partner_id.is_not(None), literal(may(actor(), Permission.TEAM_MANAGE))),
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


def _invites(q: str) -> list[Hit]:
    hit, known = matching(Invite.email_key, q), known_to(actor())
    wanted = _first(Invite.id, hit, known, is_down=True).options(joinedload(Invite.partner))
    return [
        {
            "name": row.email,
            "state": row.state,
            "url": url_for("invites.index_view", q=row.email),
            "more": row.partner.name if row.partner else "Team",
        }
        for row in db.session.scalars(wanted)
    ]


def _leads(q: str) -> list[Hit]:
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


class Search(Searching):
    """What staff look for, in the whole tenant."""

    panel = Panel.STAFF
    kinds = (
        (Permission.PARTNERS_VIEW, "Partners", "partners.index_view", _partners),
        (Permission.SOURCES_VIEW, "Sources", "sources.index_view", _sources),
        (Permission.LEADS_VIEW, "Leads", "leads.index_view", _leads),
        (Permission.USERS_VIEW, "People", "users.index_view", _people),
        (Permission.INVITES_VIEW, "Invites", "invites.index_view", _invites),
    )

    def address_of(self, text: str) -> str | None:
        """Lead to whatever has a page in this panel."""
        return address_of(text)
