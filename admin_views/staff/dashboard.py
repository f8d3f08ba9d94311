"""The staff dashboard: key counts, what needs attention, what happened last."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import Select, func, literal_column, select

from admin_views import metrics, rankings, words
from admin_views.base import Screen, page
from admin_views.lists import COUNT_CAP
from admin_views.staff import attention, recent
from models import (
    Invite,
    Membership,
    Partner,
    PartnerStatus,
    Source,
    SourceStatus,
    db,
)
from models.invite import pending_invites
from operations.asked import Whose
from operations.pending_invites import known_to
from policy import Actor, Permission, may

RECENT = 8


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


def _counted(actor: Actor) -> tuple[tuple[Permission, str, str, Select[Any], str], ...]:
    """List the key counts: permission, words, icon's help, rows, address."""
    return (
        (
            Permission.PARTNERS_VIEW,
            "Active partners",
            "take leads",
            _one(Partner).where(Partner.status == PartnerStatus.ACTIVE),
            url_for("partners.index_view", status="active"),
        ),
        (
            Permission.SOURCES_VIEW,
            "Live sources",
            "of all partners",
            _one(Source).where(Source.status == SourceStatus.LIVE, Source.deleted_at.is_(None)),
            url_for("sources.index_view", status="live"),
        ),
        (
            Permission.USERS_VIEW,
            "Partner users",
            "can sign in",
            _one(Membership).where(
                Membership.partner_id.is_not(None), Membership.removed_at.is_(None)
            ),
            url_for("users.index_view"),
        ),
        (
            Permission.INVITES_VIEW,
            "Pending invites",
            "wait for an answer",
            _one(Invite).where(known_to(actor), pending_invites()),
            url_for("invites.index_view", state="pending"),
        ),
    )


def _one(table: Any) -> Select[Any]:
    """Select a mark for each row: counting then reads an index and no row."""
    return select(literal_column("1")).select_from(table)


def _figures(actor: Actor) -> list[dict[str, str]]:
    """Count everything in one statement, each count stopping where lists stop."""
    chosen = [part for part in _counted(actor) if may(actor, part[0])]
    if not chosen:
        return []
    capped = (part[3].limit(COUNT_CAP + 1).subquery() for part in chosen)
    counts = (select(func.count()).select_from(rows).scalar_subquery() for rows in capped)
    found = db.session.execute(select(*counts)).one()
    return [
        {"word": word, "help": help_, "url": url, "value": _said(number)}
        for (_, word, help_, _, url), number in zip(chosen, found, strict=True)
    ]


def _said(number: int) -> str:
    return words.count(min(number, COUNT_CAP), capped=number > COUNT_CAP)


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
