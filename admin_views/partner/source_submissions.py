"""The calls to one of the partner's sources, and the page of one call."""

from typing import Any

from flask import g

from admin_views.base import Panel, page
from admin_views.partner.leads import address_of
from admin_views.partner.source_page import OfOwnSource
from admin_views.submission_page import SubmissionScreen, find_submission, head_of, source_of
from admin_views.submissions import SubmissionList
from policy import Permission


class PartnerSubmissions(OfOwnSource, SubmissionList):
    """The calls that came while the source was the partner's."""


class PartnerSubmissionPage(OfOwnSource, SubmissionScreen):
    """One call as it came."""

    panel = Panel.PARTNER

    @page("/", needs=Permission.LEADS_VIEW)
    def index_view(self, submission_id: str) -> Any:
        """Show the call, under its source's tabs while the source is the partner's."""
        submission = find_submission(submission_id)
        g.source = source = source_of(submission)
        head = head_of(source, self.head, "portal_source_submissions")
        return self.show(submission, source, head, address_of)
