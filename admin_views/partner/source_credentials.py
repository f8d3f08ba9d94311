"""A source's credentials in the partner panel, for Partner Admins."""

from admin_views.partner.source_page import OfOwnSource
from admin_views.source_credentials import SourceCredentials


class PartnerSourceCredentials(OfOwnSource, SourceCredentials):
    """The page as the partner sees it; what it does is in admin_views/source_credentials.py."""
