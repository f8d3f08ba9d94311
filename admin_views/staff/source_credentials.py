"""A source's credentials in the staff panel."""

from admin_views.source_credentials import SourceCredentials
from admin_views.staff.source_page import OfSource


class StaffSourceCredentials(OfSource, SourceCredentials):
    """The page as staff see it; what it does is in admin_views/source_credentials.py."""
