"""A partner's page: the users tab."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select

from admin_views.member_tasks import PlaceWords
from admin_views.staff.partner_page import OfPartner
from admin_views.users import Members
from admin_views.words import plural
from models import Membership


class PartnerUsers(OfPartner, Members):
    """The people of one partner."""

    empty = ("No users yet", "Invite somebody, and they appear here once they accept.")

    def base_query(self) -> Select[Any]:
        """Only this partner's people."""
        return super().base_query().where(Membership.partner_id == self.partner.id)

    def place_words(self, members: Sequence[Membership]) -> PlaceWords:
        """Name the partner."""
        return PlaceWords(self.partner.name, "this partner")

    def summary(self) -> str:
        """Count the people, and the Partner Admins among them."""
        people, admins = self.counts["users"], self.counts["admins"]
        return f"{plural(people, 'person', 'people')}, {plural(admins, 'Partner Admin')}"
