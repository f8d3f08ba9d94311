"""A partner's page: the header and tabs that its overview, sources, users and invites share."""

from typing import Any

from flask import abort, g, request, url_for
from sqlalchemy import func, select

from models import Invite, Membership, Partner, Source, db, now
from models.invite import open_invites
from policy import Permission, may
from visitor import actor

TABS = (
    ("Overview", "partner.index_view", Permission.PARTNERS_VIEW, None),
    ("Sources", "partner_sources.index_view", Permission.SOURCES_VIEW, "sources"),
    ("Users", "partner_users.index_view", Permission.USERS_VIEW, "users"),
    ("Invites", "partner_invites.index_view", Permission.INVITES_VIEW, "invites"),
    ("Activity", "partner_activity.index_view", Permission.AUDIT_VIEW, None),
)


class OfPartner:
    """Mix into a screen whose address begins with `/admin/partners/<partner_id>/`."""

    @property
    def partner(self) -> Partner:
        """The partner that the address names, or 404: absent and foreign look the same."""
        if "partner" not in g:
            g.partner = find_partner((request.view_args or {}).get("partner_id", ""))
        return g.partner

    def head(self) -> dict[str, Any]:
        """Describe the header for `macros/tabs.html`."""
        partner = self.partner
        return {
            "crumbs": [{"word": "Partners", "url": url_for("partners.index_view")}],
            "name": partner.name,
            "state": partner.status.value,
            "identifier": partner.public_id,
            "identifier_what": "partner identifier",
            "primary": None,
            "more": [],
            "tabs": _tabs(partner),
        }


def find_partner(public_id: str) -> Partner:
    """Find a partner of this scope, or answer 404."""
    try:
        identifier = Partner.parse_id(public_id)
    except ValueError:
        abort(404)
    partner = db.session.scalar(select(Partner).where(Partner.id == identifier))
    return partner if partner is not None else abort(404)


def _tabs(partner: Partner) -> list[dict[str, Any]]:
    counts = _counts(partner)
    screen = (request.endpoint or "").split(".")[0]
    return [
        {
            "word": word,
            "url": url_for(endpoint, partner_id=partner.public_id),
            "count": counts.get(counted) if counted else None,
            "current": endpoint.split(".")[0] == screen,
        }
        for word, endpoint, needs, counted in TABS
        if may(actor(), needs)
    ]


def _counts(partner: Partner) -> dict[str, int]:
    """Count what the tabs hold, in one statement."""
    counted = {
        "sources": select(func.count())
        .select_from(Source)
        .where(Source.partner_id == partner.id, Source.deleted_at.is_(None)),
        "users": select(func.count())
        .select_from(Membership)
        .where(Membership.partner_id == partner.id, Membership.removed_at.is_(None)),
        "invites": select(func.count())
        .select_from(Invite)
        .where(Invite.partner_id == partner.id, open_invites(), Invite.expires_at > now()),
    }
    row = db.session.execute(select(*(query.scalar_subquery() for query in counted.values()))).one()
    return dict(zip(counted, row, strict=True))
