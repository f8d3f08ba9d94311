"""A source's specification in the staff panel."""

from admin_views.source_specification import SourceSpecification
from admin_views.staff.source_page import OfSource


class StaffSourceSpecification(OfSource, SourceSpecification):
    """What the page does is in admin_views/source_specification.py."""
