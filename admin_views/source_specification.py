"""A source's specification, in both panels: read it, share it by link, mail it, revoke a link."""

from collections.abc import Sequence
from typing import Any

from flask import abort, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from admin_views import once
from admin_views.base import deed, now_at, page, parsed
from admin_views.one_source import OneSource
from admin_views.words import plural
from models import Membership, SpecificationLink, User, db
from operations import specification, specification_links
from operations.refusal import Invalid, MadeAlready
from policy import Permission, may
from visitor import settings

#: Live links and members on the page.
MOST_LINKS, MOST_MEMBERS = 50, 200
NEEDS = Permission.SOURCES_SPEC
LOST = (
    "It is not shown again, and no other link was made. If it was not copied, revoke it and make a"
    " new one."
)


class SourceSpecification(OneSource):
    """Mixed with a source's page of either panel, which says whose source it is."""

    @page("/", needs=Permission.SOURCES_VIEW)
    def index_view(self, source_id: str) -> Any:
        """Show what whoever connects the source has to know, and who can read it by link."""
        return self._page()

    @deed("/share", needs=NEEDS)
    def share(self, source_id: str) -> Any:
        """Make a link, and show it this once."""
        days = settings().specification_days
        source = self.living()
        try:
            token = self.run(specification_links.share, source, days, once.planned(source))
        except MadeAlready as refused:
            return once.shown_before(self, refused, LOST, self._here())
        link = f"{settings().public_url}{url_for('specification.show', token=token)}"
        return self.render(
            "source_specification_link.html",
            head=self.head(),
            source=self.source,
            link=link,
            days=days,
            back_url=self._here(),
        )

    @deed("/mail", needs=Permission.USERS_VIEW)
    def mail(self, source_id: str) -> Any:
        """Mail a link of their own to everybody who was chosen."""
        source, chosen = self.living(), self._chosen()
        done = f"Mailed to {plural(len(chosen), 'person', 'people')}."
        days = settings().specification_days
        try:
            self.run(specification_links.mail, source, chosen, days, done=done)
        except Invalid as refused:
            db.session.rollback()
            return self._page(refused.sentence, 422)
        return now_at(self._here())

    @deed("/links/<link_id>/revoke", needs=NEEDS)
    def revoke(self, source_id: str, link_id: str) -> Any:
        """Make a link lead nowhere, at once."""
        link = self.link(link_id)
        done = "The link is revoked: it shows nothing any more."
        self.run(specification_links.revoke, self.living(), link, done=done)
        return now_at(self._here())

    # -----------------------------------------------------------------------------------------

    def link(self, public_id: str) -> SpecificationLink:
        """Find a link of this very source, or answer 404."""
        wanted = specification_links.showing(self.living()).where(
            SpecificationLink.id == parsed(SpecificationLink, public_id),
        )
        return db.session.scalar(wanted) or abort(404)

    def _here(self, **task: str) -> str:
        return self.url("index_view", source_id=self.source.public_id, **task)

    def _page(self, failed: str = "", status: int = 200) -> Any:
        """Show the page; `failed` says why nothing was mailed."""
        source, can_mail = self.source, self._can_mail()
        is_mailing = can_mail and ("mail" in request.args or bool(failed))
        address = {"source_id": source.public_id}
        revoking = request.args.get("revoke") if may(self.actor, NEEDS) else None
        return self.form_page(
            "source_specification.html",
            status,
            head=self.head(),
            source=source,
            spec=specification.of_source(source, settings().public_url),
            links=specification_links.of_source(source, MOST_LINKS),
            elsewhere=self.elsewhere,
            sees_people=may(self.actor, Permission.USERS_VIEW),
            days=settings().specification_days,
            members=self._members() if is_mailing else None,
            revoking=self.link(revoking) if revoking else None,
            failed=failed,
            here=self._here(),
            issue_url=self._issue_url(),
            share_url=self._share_url() if self._can_share() else None,
            mail_url=self.url("mail", **address) if can_mail else None,
            revoke_url=lambda link: self.url("revoke", **address, link_id=link.public_id),
        )

    def _can_share(self) -> bool:
        return self.source.deleted_at is None and may(self.actor, NEEDS)

    def _share_url(self) -> str:
        public_id, ticket = self.source.public_id, once.ticket(self.source)
        return self.url("share", source_id=public_id, once=ticket)

    def _issue_url(self) -> str | None:
        """Lead to where a credential is issued, those who may do that."""
        source = self.source
        if source.deleted_at or not may(self.actor, Permission.SOURCES_CREDENTIALS):
            return None
        screen = f"{self.endpoint.removesuffix('_specification')}_credentials.index_view"
        return url_for(screen, source_id=source.public_id, new=1)

    def _can_mail(self) -> bool:
        source = self.source
        is_open = source.partner_id is not None and self._can_share()
        return is_open and may(self.actor, Permission.USERS_VIEW)

    def _members(self) -> Sequence[Membership]:
        return db.session.scalars(self._of_partner().limit(MOST_MEMBERS)).all()

    def _chosen(self) -> Sequence[Membership]:
        """Find the people that were ticked, all or none: one unknown answers 404."""
        ids = {parsed(Membership, text) for text in request.form.getlist("id")}
        found = db.session.scalars(self._of_partner().where(Membership.id.in_(ids))).all()
        return found if len(found) == len(ids) else abort(404)

    def _of_partner(self) -> Any:
        return (
            select(Membership)
            .join(Membership.user)
            .where(Membership.partner_id == self.source.partner_id, Membership.removed_at.is_(None))
            .options(contains_eager(Membership.user))
            .order_by(User.name, Membership.id)
        )
