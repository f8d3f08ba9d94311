"""The partner's own users."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from admin_views.base import Panel
from admin_views.member_tasks import PlaceWords
from admin_views.users import Members
from models import Membership, Partner, db
from policy import Permission, may
from visitor import tenant_name


class PartnerUsers(Members):
    """The people of the partner whose panel this is."""

    panel = Panel.PARTNER
    empty = ("No users yet", "Invite somebody, and they appear here once they accept.")

    def more(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Name colleagues who invited; whoever else did is the tenant to partner people."""
        asked = {row.invited_by_id for row in rows if row.invited_by_id}
        if not asked:
            return {"inviters": {}}
        own = select(Membership.user_id).where(Membership.user_id.in_(asked))
        colleagues = set(db.session.scalars(own))
        return {
            "inviters": {
                row.invited_by_id: row.invited_by.name
                if row.invited_by_id in colleagues
                else tenant_name()
                for row in rows
                if row.invited_by
            }
        }

    def base_query(self) -> Select[Any]:
        """The scope leaves the people of this partner; its name goes into questions."""
        partner = joinedload(Membership.partner).load_only(Partner.name)
        return super().base_query().options(partner)

    def place_words(self, members: Sequence[Membership]) -> PlaceWords:
        """Name the partner."""
        [name] = {member.partner.name for member in members if member.partner}
        return PlaceWords(name, "this partner")

    def create_link(self) -> dict[str, str] | None:
        """Offer to invite somebody."""
        if not may(self.actor, Permission.INVITES_SEND):
            return None
        return {"word": "Invite user", "url": url_for("portal_invites.index_view", invite=1)}
