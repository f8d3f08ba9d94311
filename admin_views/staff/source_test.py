"""The console of a source in the staff panel."""

from admin_views.source_test import SourceTest
from admin_views.staff.source_page import OfSource


class StaffSourceTest(OfSource, SourceTest):
    """What the page does is in admin_views/source_test.py."""
