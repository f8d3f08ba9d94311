"""The partner's own invites."""

from typing import Any

from flask import url_for
from sqlalchemy import select

from admin_views.base import Panel
from admin_views.invite_page import InvitePage
from models import Partner, db


class PartnerInvites(InvitePage):
    """The invites of the partner whose panel this is."""

    panel = Panel.PARTNER

    def invited_partner(self) -> Partner:
        """Invite to the actor's own partner."""
        return db.session.scalars(select(Partner).where(Partner.id == self.actor.partner_id)).one()

    def page_of(self, partner: Partner | None, tab: str, **query: Any) -> str:
        """Address this panel's own users or invites."""
        return url_for(f"portal_{tab}.index_view", **query)
