"""The partner panel, one screen per file."""

from typing import Any

from admin_views.partner.account import PartnerAccount
from admin_views.partner.activity import PartnerActivity
from admin_views.partner.dashboard import PartnerDashboard
from admin_views.partner.invites import PartnerInvites
from admin_views.partner.job import PartnerJobPage
from admin_views.partner.jobs import PartnerJobs
from admin_views.partner.leads import PartnerLeadPage, PartnerLeads
from admin_views.partner.mapping import PartnerMapping
from admin_views.partner.search import PartnerSearch
from admin_views.partner.source import PartnerSource
from admin_views.partner.source_credentials import PartnerSourceCredentials
from admin_views.partner.source_rejections import PartnerRejections
from admin_views.partner.source_specification import PartnerSourceSpecification
from admin_views.partner.source_submissions import PartnerSubmissionPage, PartnerSubmissions
from admin_views.partner.source_test import PartnerSourceTest
from admin_views.partner.sources import PartnerSources
from admin_views.partner.users import PartnerUsers

ONE_SOURCE = "/partner/sources/<source_id>"


def home() -> Any:
    """Build the panel's first page."""
    return PartnerDashboard(endpoint="portal", url="/partner")


def screens() -> list[Any]:
    """Build every other screen of the panel."""
    return [
        PartnerSources(endpoint="portal_sources", url="/partner/sources"),
        PartnerSource(endpoint="portal_source", url=ONE_SOURCE),
        PartnerSubmissions(endpoint="portal_source_submissions", url=f"{ONE_SOURCE}/submissions"),
        PartnerRejections(endpoint="portal_source_rejections", url=f"{ONE_SOURCE}/rejections"),
        PartnerSubmissionPage(
            endpoint="portal_submission", url="/partner/submissions/<submission_id>"
        ),
        PartnerLeads(endpoint="portal_leads", url="/partner/leads"),
        PartnerLeadPage(endpoint="portal_lead", url="/partner/leads/<lead_id>"),
        PartnerSourceCredentials(
            endpoint="portal_source_credentials", url=f"{ONE_SOURCE}/credentials"
        ),
        PartnerSourceSpecification(
            endpoint="portal_source_specification", url=f"{ONE_SOURCE}/specification"
        ),
        PartnerSourceTest(endpoint="portal_source_test", url=f"{ONE_SOURCE}/test"),
        PartnerMapping(endpoint="portal_mapping", url="/partner/sources/<source_id>/mapping"),
        PartnerUsers(endpoint="portal_users", url="/partner/users"),
        PartnerInvites(endpoint="portal_invites", url="/partner/invites"),
        PartnerActivity(endpoint="portal_activity", url="/partner/activity"),
        PartnerJobs(endpoint="portal_jobs", url="/partner/jobs"),
        PartnerJobPage(endpoint="portal_job", url="/partner/jobs/<job_id>"),
        PartnerSearch(endpoint="portal_search", url="/partner/search"),
        PartnerAccount(endpoint="portal_account", url="/partner/account"),
    ]
