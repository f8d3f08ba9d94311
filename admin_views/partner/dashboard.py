"""The partner's dashboard: own sources, own people, what to do next."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, url_for
from sqlalchemy import ColumnElement, Select, case, func, select, true

from admin_views import metrics, rankings
from admin_views.base import Panel, Screen, page
from admin_views.partner.next_steps import Known, steps
from admin_views.sources import state
from models import (
    Credential,
    Flow,
    Invite,
    Letter,
    Membership,
    Partner,
    PartnerStatus,
    Role,
    Source,
    SourceStatus,
    db,
    now,
)
from models.invite import open_invites, pending_invites
from operations import credentials, flows, last_leads, rotation_calls
from operations.asked import Whose
from policy import Permission, may
from visitor import tenant_name

#: Sources and invites on the page; their lists have the rest.
MOST = 6


class PartnerDashboard(Screen):
    """The first page of the partner panel."""

    panel = Panel.PARTNER

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self) -> Any:
        """Show the partner at a glance, as far as this role sees it."""
        known = self._known()
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
        if not sources or not may(self.actor, Permission.SOURCES_SPEC):
            return None
        source = max(sources, key=lambda source: numbers[source.id]["rejections"])
        address = url_for("portal_source_specification.index_view", source_id=source.public_id)
        return {"url": address, "name": source.name}

    def _known(self) -> Known:
        partner = db.session.scalar(select(Partner).where(Partner.id == self.actor.partner_id))
        by_status, silent = _by_status()
        return Known(
            partner=partner or abort(404),
            tenant=tenant_name(),
            sources=by_status,
            silent=silent,
            **_people_and_invites(),
        )


def _by_status() -> tuple[dict[SourceStatus, int], int]:
    """Count the sources of each status, and those that are silent."""
    silent = _how_many(flows.of_flow(Flow.SILENT))
    counted = (
        select(Source.status, func.count(), silent)
        .where(Source.deleted_at.is_(None))
        .group_by(Source.status)
    )
    rows = db.session.execute(counted).all()
    return {row[0]: row[1] for row in rows}, sum(row[2] for row in rows)


def _people_and_invites() -> dict[str, Any]:
    """Count people and open invites, and name a silent source and an old key, in one statement."""
    admins = _how_many(Membership.role == Role.PARTNER_ADMIN).label("admins")
    members = select(func.count().label("users"), admins).select_from(Membership)
    people = members.where(Membership.removed_at.is_(None)).subquery()
    expired = _how_many(Invite.expires_at <= now()).label("expired")
    failed = _how_many(Letter.failed_at.is_not(None)).label("failed")
    sent = select(expired, failed).select_from(Invite).outerjoin(Invite.letter)
    invites = sent.where(open_invites()).subquery()
    silent, closing = _first_silent().subquery(), _first_closing().subquery()
    all_ = people.join(invites, true()).outerjoin(silent, true()).outerjoin(closing, true())
    found = select(people, invites, silent, closing).select_from(all_)
    return dict(db.session.execute(found).mappings().one())


def _first_silent() -> Select[Any]:
    first = select(
        Source.id.label("silent_id"),
        Source.name.label("silent_name"),
        flows.last_call().label("silent_since"),
    )
    return flows.longest(first, Flow.SILENT).limit(1)


def _first_closing() -> Select[Any]:
    """Find the old key that closes next, and the calls of late with it and its successor."""
    calls = rotation_calls.with_both(**rotation_calls.late())
    first = select(
        Credential.name.label("closing_name"),
        credentials.END.label("closes_at"),
        Source.id.label("closing_id"),
        Source.name.label("closing_source"),
        *(number.label(key) for key, number in zip(("with_old", "with_new"), calls, strict=True)),
    )
    theirs = first.join(Credential.source).where(credentials.closing(), Source.deleted_at.is_(None))
    return theirs.order_by(credentials.END).limit(1)


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _figures(known: Known, *, sees_users: bool) -> list[dict[str, Any]]:
    url = url_for("portal_sources.index_view")
    figures = [
        {"word": "Sources", "value": sum(known.sources.values()), "help": "in all", "url": url},
        {
            "word": "Live sources",
            "value": known.sources.get(SourceStatus.LIVE, 0),
            "help": "take leads",
            "url": url,
        },
    ]
    if sees_users:
        people = url_for("portal_users.index_view")
        help_ = f"{known.admins} of them Partner Admin"
        figures.append({"word": "Users", "value": known.users, "help": help_, "url": people})
    return figures


def _pending() -> Sequence[Invite]:
    waiting = select(Invite).where(pending_invites())
    return db.session.scalars(waiting.order_by(Invite.expires_at).limit(MOST)).all()
