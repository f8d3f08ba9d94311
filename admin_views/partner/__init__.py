"""The partner panel, one screen per file."""

from typing import Any

from admin_views.partner.account import PartnerAccount
from admin_views.partner.activity import PartnerActivity
from admin_views.partner.dashboard import PartnerDashboard
from admin_views.partner.invites import PartnerInvites
from admin_views.partner.mapping import PartnerMapping
from admin_views.partner.sources import PartnerSources
from admin_views.partner.users import PartnerUsers


def home() -> Any:
    """Build the panel's first page."""
    return PartnerDashboard(endpoint="portal", url="/partner")


def screens() -> list[Any]:
    """Build every other screen of the panel."""
    return [
        PartnerSources(endpoint="portal_sources", url="/partner/sources"),
        PartnerMapping(endpoint="portal_mapping", url="/partner/sources/<source_id>/mapping"),
        PartnerUsers(endpoint="portal_users", url="/partner/users"),
        PartnerInvites(endpoint="portal_invites", url="/partner/invites"),
        PartnerActivity(endpoint="portal_activity", url="/partner/activity"),
        PartnerAccount(endpoint="portal_account", url="/partner/account"),
    ]
