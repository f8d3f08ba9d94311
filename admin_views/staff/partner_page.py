"""A partner's page: the header and tabs that its overview, sources, users and invites share."""

from datetime import datetime
from typing import Any

from flask import abort, g, request, url_for
from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import joinedload

from admin_views.base import parsed
from admin_views.words import plural
from models import Flow, Invite, Membership, Partner, PartnerStatus, Source, db, now
from models.invite import expired_invites, pending_invites
from operations import call_counts, flows
from policy import Permission, may
from visitor import actor

TABS = (
    ("Overview", "partner.index_view", Permission.PARTNERS_VIEW, None),
    ("Sources", "partner_sources.index_view", Permission.SOURCES_VIEW, "sources"),
    ("Users", "partner_users.index_view", Permission.USERS_VIEW, "users"),
    ("Invites", "partner_invites.index_view", Permission.INVITES_VIEW, "invites"),
    ("Activity", "partner_activity.index_view", Permission.AUDIT_VIEW, None),
)
INVITE = ("Invite user", "partner_invites.index_view", "invite", Permission.INVITES_SEND)
#: What a partner that is not archived offers: word, endpoint, the task it opens, permission.
TASKS = (
    ("Assign sources", "partner_sources.index_view", "assign", Permission.SOURCES_ASSIGN),
    INVITE,
)

#: Tasks that end the calls of the partner's sources.
CLOSING = {"pause", "archive"}


class OfPartner:
    """Mix into a screen whose address begins with `/admin/partners/<partner_id>/`."""

    @property
    def partner(self) -> Partner:
        """The partner that the address names, or 404: absent and foreign look the same."""
        if "partner" not in g:
            g.partner = find_partner((request.view_args or {}).get("partner_id", ""))
        return g.partner

    @property
    def counts(self) -> dict[str, int]:
        """How many sources and users the partner has, and invites of each kind; read once."""
        if "partner_counts" not in g:
            g.partner_counts = _counts(self.partner)
        return g.partner_counts

    def place(self) -> dict[str, Any]:
        """Keep the partner in every address."""
        return {"partner_id": self.partner.public_id}

    def head(self) -> dict[str, Any]:
        """Describe the header for `macros/tabs.html`."""
        partner = self.partner
        return {
            "crumbs": [{"word": "Partners", "url": url_for("partners.index_view")}],
            "name": partner.name,
            "state": partner.status.value,
            "identifier": partner.public_id,
            "identifier_what": "partner identifier",
            "primary": _primary(partner),
            "more": _more(partner),
            "tabs": _tabs(partner, self.counts),
            "notice": _notice(partner),
        }


def find_partner(public_id: str) -> Partner:
    """Find a partner of this scope with its account manager, or answer 404."""
    with_manager = joinedload(Partner.account_manager).joinedload(Membership.user)
    query = select(Partner).where(Partner.id == parsed(Partner, public_id)).options(with_manager)
    partner = db.session.scalar(query)
    return partner if partner is not None else abort(404)


def _notice(partner: Partner) -> dict[str, Any] | None:
    """Say what it means that the partner is paused, with the way back for those who may."""
    if partner.status is not PartnerStatus.PAUSED:
        return None
    resume = {**_task(partner, "Resume", "partner.resume"), "post": True}
    sources = plural(partner.source_count, "source answers", "sources answer")
    return {
        "strong": f"{partner.name} is paused.",
        "text": f"Its {sources} 403; its people can still read.",
        "action": resume if may(actor(), Permission.PARTNERS_EDIT) else None,
    }


def _primary(partner: Partner) -> dict[str, Any] | None:
    """Offer the one thing that is done most: inviting; on an archived partner, restoring."""
    if partner.status is PartnerStatus.ARCHIVED:
        return _restore(partner) if may(actor(), Permission.PARTNERS_EDIT) else None
    word, endpoint, task, needs = INVITE
    return _task(partner, word, endpoint, task) if may(actor(), needs) else None


def _more(partner: Partner) -> list[dict[str, Any] | None]:
    """List the menu *More*: what is done with the partner, a line, what is done to it."""
    may_edit = may(actor(), Permission.PARTNERS_EDIT)
    upper = [_task(partner, "Edit partner", "partner.edit")] if may_edit else []
    if partner.status is not PartnerStatus.ARCHIVED:
        upper += [_task(partner, *task) for *task, needs in TASKS if may(actor(), needs)]
        upper += _preview(partner)
    lower = _status_moves(partner) if may_edit else []
    return [*upper, *([None] if upper and lower else []), *lower]


def _preview(partner: Partner) -> list[dict[str, Any]]:
    if not may(actor(), Permission.PARTNERS_PREVIEW):
        return []
    url = url_for("preview.index_view", partner=partner.public_id)
    return [{"word": "Preview partner panel", "url": url}]


def _status_moves(partner: Partner) -> list[dict[str, Any]]:
    archive = {**_task(partner, "Archive partner", "partner.index_view", "archive"), "sharp": True}
    if partner.status is PartnerStatus.ACTIVE:
        return [_task(partner, "Pause partner", "partner.index_view", "pause"), archive]
    if partner.status is PartnerStatus.PAUSED:
        return [{**_task(partner, "Resume partner", "partner.resume"), "post": True}, archive]
    return [_restore(partner)]


def _restore(partner: Partner) -> dict[str, Any]:
    return {**_task(partner, "Restore partner", "partner.restore"), "post": True}


def _task(partner: Partner, word: str, endpoint: str, task: str = "") -> dict[str, Any]:
    """Link to a page of the partner, where `task` opens above it (`?assign`)."""
    url = url_for(endpoint, partner_id=partner.public_id)
    return {"word": word, "url": f"{url}?{task}" if task else url}


def _tabs(partner: Partner, counts: dict[str, int]) -> list[dict[str, Any]]:
    screen = _screen()
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


def _screen() -> str:
    return (request.endpoint or "").split(".")[0]


def _counts(partner: Partner) -> dict[str, int]:
    """Count what tabs hold and tasks ask about; what does not change by itself is in the row."""
    query, values = INVITES, {"partner_id": partner.id, "moment": now()}
    if CLOSING & request.args.keys():
        query, values = INVITES_AND_CALLS, values | call_counts.in_a_day(partner.tenant_id)
    elif _screen() == "partner_sources":
        query = INVITES_AND_SILENT
    counted = db.session.execute(query, values).one()
    return {
        "sources": partner.source_count,
        "users": partner.user_count,
        "admins": partner.admin_count,
        **counted._asdict(),
    }


def _number(*which: ColumnElement[bool]) -> Select[Any]:
    return select(func.count()).where(Invite.partner_id == bindparam("partner_id"), *which)


_MOMENT: BindParameter[datetime] = bindparam("moment")
#: The partner's pending and expired invites; built once.
INVITES = select(
    _number(pending_invites(_MOMENT)).scalar_subquery().label("invites"),
    _number(expired_invites(_MOMENT)).scalar_subquery().label("expired"),
)
#: The same, and the calls of the last 24 hours.
INVITES_AND_CALLS = INVITES.add_columns(
    call_counts.of_a_day(Source.partner_id == bindparam("partner_id"))
    .scalar_subquery()
    .label("calls")
)
#: The same, and the sources that are silent.
INVITES_AND_SILENT = INVITES.add_columns(
    select(func.count())
    .where(Source.partner_id == bindparam("partner_id"), flows.of_flow(Flow.SILENT))
    .scalar_subquery()
    .label("silent")
)
