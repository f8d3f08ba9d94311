"""One of the partner's sources: what it is, and asking for it to go live."""

from typing import Any

from sqlalchemy import select

from admin_views import metrics, rankings
from admin_views.base import Screen, deed, now_at, page
from admin_views.credential_notice import notice_of
from admin_views.lead_words import sees_returns
from admin_views.partner.source_page import OfOwnSource
from models import Assignment, db
from operations import go_live
from operations.asked import Whose
from policy import Permission, may
from visitor import tenant_name


class PartnerSource(OfOwnSource, Screen):
    """The source's page."""

    @page("/", needs=Permission.SOURCES_VIEW)
    def index_view(self, source_id: str) -> Any:
        """Show one source; what staff noted about it stays with them."""
        source = self.source
        since = select(Assignment.began_at).where(
            Assignment.source_id == source.id, Assignment.ended_at.is_(None)
        )
        whose = Whose(source.tenant_id, source.id, self.actor.partner_id)
        issues = may(self.actor, Permission.SOURCES_CREDENTIALS)
        return self.render(
            "partner/source.html",
            head=self.head(),
            source=source,
            since=db.session.scalar(since),
            credential_notice=notice_of(source) if issues else None,
            metrics=metrics.section(whose, is_staff=False, shows_returned=sees_returns()),
            reasons=rankings.reasons(whose),
        )

    @deed("/go-live", needs=Permission.SOURCES_SPEC)
    def ask_go_live(self, source_id: str) -> Any:
        """Ask the staff to set it live."""
        asked = f"{tenant_name()} was asked to set “{self.source.name}” live."
        self.run(go_live.ask, self.living(), done=f"{asked} You get the answer by mail.")
        return now_at(self.url("index_view", source_id=source_id))
