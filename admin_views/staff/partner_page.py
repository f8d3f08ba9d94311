"""A partner's page: the header and tabs that its overview, sources, users and invites share."""

from datetime import datetime
from typing import Any, cast

from flask import abort, g, request, url_for
from sqlalchemy import BindParameter, ColumnElement, Row, ScalarSelect, bindparam, func, select
from sqlalchemy.orm import joinedload

from admin_views.base import parsed
from admin_views.frame import moment
from admin_views.words import plural
from models import Flow, Invite, Membership, Partner, PartnerStatus, Source, db
from models.invite import expired_invites, pending_invites
from operations import call_counts, flows, tags
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
        return cast("Partner", _found().Partner)

    @property
    def tags(self) -> list[str]:
        """The partner's tags, in order."""
        return tags.parted(_found().tags)

    @property
    def counts(self) -> dict[str, int]:
        """How many sources and users the partner has, invites of each kind, and calls of a day."""
        if "partner_counts" not in g:
            g.partner_counts = _counts(self.partner)
        return g.partner_counts

    @property
    def silent(self) -> int:
        """How many of its sources are silent: their own tab alone reads that."""
        return int(_found().silent)

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
    """Find a partner of this scope, or answer 404."""
    query = select(Partner).where(Partner.id == parsed(Partner, public_id))
    partner = db.session.scalar(query)
    return partner if partner is not None else abort(404)


def _found() -> Row[Any]:
    """Read the partner of the address, once: what its header, its tabs and its form say."""
    if "found_partner" not in g:
        public_id = (request.view_args or {}).get("partner_id", "")
        values = {"partner_id": parsed(Partner, public_id), "moment": moment()}
        query = FOUND_WITH_SILENT if _screen() == "partner_sources" else FOUND
        g.found_partner = db.session.execute(query, values).one_or_none() or abort(404)
    return cast("Row[Any]", g.found_partner)


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
    """Count what tabs hold and tasks ask about."""
    return {
        "sources": partner.source_count,
        "users": partner.user_count,
        "admins": partner.admin_count,
        "invites": _found().invites,
        "expired": _found().expired,
        **({"calls": _calls(partner)} if CLOSING & request.args.keys() else {}),
    }


def _calls(partner: Partner) -> int:
    """Count the calls of the last 24 hours."""
    values = {"partner_id": partner.id, **call_counts.in_a_day(partner.tenant_id)}
    return cast("int", db.session.scalar(CALLS, values))


def _number(which: ColumnElement[bool]) -> ScalarSelect[int]:
    theirs = (Invite.tenant_id == Partner.tenant_id, Invite.partner_id == Partner.id)
    return select(func.count()).where(*theirs, which).correlate(Partner).scalar_subquery()


_MOMENT: BindParameter[datetime] = bindparam("moment")
CALLS = call_counts.of_a_day(Source.partner_id == bindparam("partner_id"))
#: Everything that the header and the tabs say of a partner; built once.
FOUND = (
    select(
        Partner,
        tags.joined().label("tags"),
        _number(pending_invites(_MOMENT)).label("invites"),
        _number(expired_invites(_MOMENT)).label("expired"),
    )
    .where(Partner.id == bindparam("partner_id"))
    .options(joinedload(Partner.account_manager).joinedload(Membership.user))
)
#: The same, and how many of its sources are silent.
FOUND_WITH_SILENT = FOUND.add_columns(
    select(func.count())
    .where(Source.tenant_id == Partner.tenant_id, Source.partner_id == Partner.id)
    .where(flows.of_flow(Flow.SILENT))
    .correlate(Partner)
    .scalar_subquery()
    .label("silent")
)
