"""A source's page: the submissions tab, and the page of one call."""

from typing import Any

from flask import g

from admin_views.base import page
from admin_views.object_pages import address_of
from admin_views.staff.source_page import OfSource
from admin_views.submission_page import SubmissionScreen, find_submission, head_of, source_of
from admin_views.submissions import SubmissionList
from policy import Permission


class SourceSubmissions(OfSource, SubmissionList):
    """The calls to one source."""


class SubmissionPage(OfSource, SubmissionScreen):
    """One call as it came."""

    @page("/", needs=Permission.LEADS_VIEW)
    def index_view(self, submission_id: str) -> Any:
        """Show the call under its source's tabs."""
        submission = find_submission(submission_id)
        g.source = source = source_of(submission)
        return self.show(
            submission, source, head_of(source, self.head, "source_submissions"), address_of
        )
