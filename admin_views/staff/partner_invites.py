"""A partner's page: the invites tab."""

from typing import Any

from admin_views.invite_page import InvitePage
from admin_views.staff.partner_page import OfPartner
from models import Partner
from policy import Permission, may


class PartnerInvites(OfPartner, InvitePage):
    """The invites of one partner, as staff see them."""

    def invited_partner(self) -> Partner:
        """Invite to the partner that the address names."""
        return self.partner

    def head(self) -> dict[str, Any]:
        """Offer *Invite user* beside the partner's name."""
        head = super().head()
        if may(self.actor, Permission.INVITES_SEND):
            url = f"{self.url('index_view')}?invite="
            head["primary"] = {"word": "Invite user", "url": url}
        return head
