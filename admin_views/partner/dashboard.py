"""The partner's dashboard: own sources, own people, what to do next."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import select

from admin_views import metrics, rankings
from admin_views.base import Panel, Screen, page
from admin_views.partner.known import Known, of_partner
from admin_views.partner.next_steps import steps
from admin_views.sources import state
from models import (
    Invite,
    PartnerStatus,
    Source,
    SourceStatus,
    db,
)
from models.invite import pending_invites
from operations import last_leads
from operations.asked import Whose
from policy import Permission, may

#: Sources and invites on the page; their lists have the rest.
MOST = 6


class PartnerDashboard(Screen):
    """The first page of the partner panel."""

    panel = Panel.PARTNER

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self) -> Any:
        """Show the partner at a glance, as far as this role sees it."""
        known = of_partner(self.actor)
        whose = Whose(self.actor.tenant_id, partner_id=self.actor.partner_id)
        sources = rankings.first_sources(whose, MOST)
        numbers = rankings.each_of(sources, whose)
        sees_invites = may(self.actor, Permission.INVITES_VIEW)
        return self.render(
            "partner/dashboard.html",
            partner=known.partner,
            tenant=known.tenant,
            figures=_figures(known, sees_users=may(self.actor, Permission.USERS_VIEW)),
            sources=sources,
            state=state,
            numbers=numbers,
            specification=self._specification(sources, numbers),
            last=last_leads.of_sources(sources),
            metrics=metrics.section(
                whose, is_staff=False, shows_returned=known.partner.show_returned
            ),
            reasons=rankings.reasons(whose),
            steps=steps(self.actor, known),
            is_paused=known.partner.status is PartnerStatus.PAUSED,
            pending=_pending() if sees_invites else None,
            may_invite=may(self.actor, Permission.INVITES_SEND),
        )

    def _specification(
        self, sources: Sequence[Source], numbers: Mapping[Any, dict[str, Any]]
    ) -> dict[str, str] | None:
        """Lead to what the source with the most rejections takes."""
        if not sources or not may(self.actor, Permission.SOURCES_VIEW):
            return None
        source = max(sources, key=lambda source: numbers[source.id]["rejections"])
        address = url_for("portal_source_specification.index_view", source_id=source.public_id)
        return {"url": address, "name": source.name}


def _figures(known: Known, *, sees_users: bool) -> list[dict[str, Any]]:
    url = url_for("portal_sources.index_view")
    is_paused = known.partner.status is PartnerStatus.PAUSED
    figures = [
        {"word": "Sources", "value": sum(known.sources.values()), "help": "in all", "url": url},
        {
            "word": "Live sources",
            "value": known.sources.get(SourceStatus.LIVE, 0),
            "help": "take none while you are paused" if is_paused else "take leads",
            "url": url,
        },
    ]
    if sees_users:
        people = url_for("portal_users.index_view")
        help_ = f"{known.partner.admin_count} of them Partner Admin"
        figures.append(
            {"word": "Users", "value": known.partner.user_count, "help": help_, "url": people}
        )
    return figures


def _pending() -> Sequence[Invite]:
    waiting = select(Invite).where(pending_invites())
    return db.session.scalars(waiting.order_by(Invite.expires_at).limit(MOST)).all()
