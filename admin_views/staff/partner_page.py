"""A partner's page: the header and tabs that its overview, sources, users and invites share."""

from collections.abc import Callable
from typing import Any

from flask import request, url_for

from admin_views.staff import partner_found
from admin_views.words import plural
from models import Partner, PartnerStatus
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


class OfPartner:
    """Mix into a screen whose address begins with `/admin/partners/<partner_id>/`."""

    @property
    def partner(self) -> Partner:
        """The partner that the address names, or 404: absent and foreign look the same."""
        return partner_found.partner()

    @property
    def tags(self) -> list[str]:
        """The partner's tags, in order."""
        return partner_found.tags_in_order()

    @property
    def counts(self) -> dict[str, int]:
        """How many sources and users the partner has, invites of each kind, and calls of a day."""
        return partner_found.counts()

    @property
    def silent(self) -> int:
        """How many of its sources are silent: their own tab alone reads that."""
        return partner_found.silent()

    def run(self, operation: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Run an operation; what the page says afterwards is read anew."""
        result = super().run(operation, *args, **more)  # type: ignore[misc]
        partner_found.forget()
        return result

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
