"""A source's specification in the partner panel."""

from admin_views.partner.source_page import OfOwnSource
from admin_views.source_specification import SourceSpecification


class PartnerSourceSpecification(OfOwnSource, SourceSpecification):
    """What the page does is in admin_views/source_specification.py."""
