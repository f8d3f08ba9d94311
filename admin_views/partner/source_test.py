"""The console of a source in the partner panel."""

from admin_views.partner.source_page import OfOwnSource
from admin_views.source_test import SourceTest


class PartnerSourceTest(OfOwnSource, SourceTest):
    """What the page does is in admin_views/source_test.py."""
