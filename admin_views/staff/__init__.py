"""The staff panel, one screen per file."""

from typing import Any

from admin_views.jobs import Jobs
from admin_views.staff.assigning import Assigning
from admin_views.staff.audit import Audit
from admin_views.staff.dashboard import Dashboard
from admin_views.staff.import_page import PartnerImport, SourceImport
from admin_views.staff.imports import PartnerImports, SourceImports
from admin_views.staff.invites import Invites
from admin_views.staff.job import JobPage
from admin_views.staff.lead_page import LeadPage
from admin_views.staff.leads import Leads
from admin_views.staff.mapping import SourceMapping
from admin_views.staff.mapping_editor import MappingEditor
from admin_views.staff.mapping_trying import MappingReplay, MappingTrial
from admin_views.staff.partner_activity import PartnerActivity
from admin_views.staff.partner_invites import PartnerInvites
from admin_views.staff.partner_overview import PartnerOverview
from admin_views.staff.partner_sources import PartnerSources
from admin_views.staff.partner_users import PartnerUsers
from admin_views.staff.partners import Partners
from admin_views.staff.preview import Preview
from admin_views.staff.search import Search
from admin_views.staff.settings import TenantSettings
from admin_views.staff.source_credentials import StaffSourceCredentials
from admin_views.staff.source_go_live import SourceGoLive
from admin_views.staff.source_leads import SourceLeads
from admin_views.staff.source_overview import SourceOverview
from admin_views.staff.source_rejections import SourceRejections
from admin_views.staff.source_specification import StaffSourceSpecification
from admin_views.staff.source_submissions import SourceSubmissions, SubmissionPage
from admin_views.staff.source_test import StaffSourceTest
from admin_views.staff.sources import Sources
from admin_views.staff.team import Team
from admin_views.staff.users import Users

ONE_PARTNER = "/admin/partners/<partner_id>"
ONE_SOURCE = "/admin/sources/<source_id>"
ONE_MAPPING = "/admin/sources/<source_id>/mapping"


def home() -> Any:
    """Build the panel's first page."""
    return Dashboard(endpoint="dashboard", url="/admin")


def screens() -> list[Any]:
    """Build every other screen of the panel."""
    return [
        Partners(endpoint="partners", url="/admin/partners"),
        PartnerImports(endpoint="partner_imports", url="/admin/partners/import"),
        PartnerImport(endpoint="partner_import", url="/admin/partners/import/<import_id>"),
        PartnerOverview(endpoint="partner", url=ONE_PARTNER),
        PartnerSources(endpoint="partner_sources", url=f"{ONE_PARTNER}/sources"),
        PartnerUsers(endpoint="partner_users", url=f"{ONE_PARTNER}/users"),
        PartnerInvites(endpoint="partner_invites", url=f"{ONE_PARTNER}/invites"),
        PartnerActivity(endpoint="partner_activity", url=f"{ONE_PARTNER}/activity"),
        Sources(endpoint="sources", url="/admin/sources"),
        SourceImports(endpoint="source_imports", url="/admin/sources/import"),
        SourceImport(endpoint="source_import", url="/admin/sources/import/<import_id>"),
        Assigning(endpoint="assigning", url="/admin/sources/selected"),
        SourceSubmissions(endpoint="source_submissions", url=f"{ONE_SOURCE}/submissions"),
        SourceLeads(endpoint="source_leads", url=f"{ONE_SOURCE}/leads"),
        SourceRejections(endpoint="source_rejections", url=f"{ONE_SOURCE}/rejections"),
        SubmissionPage(endpoint="submission", url="/admin/submissions/<submission_id>"),
        Leads(endpoint="leads", url="/admin/leads"),
        LeadPage(endpoint="lead", url="/admin/leads/<lead_id>"),
        SourceOverview(endpoint="source", url=ONE_SOURCE),
        StaffSourceCredentials(endpoint="source_credentials", url=f"{ONE_SOURCE}/credentials"),
        StaffSourceSpecification(
            endpoint="source_specification", url=f"{ONE_SOURCE}/specification"
        ),
        StaffSourceTest(endpoint="source_test", url=f"{ONE_SOURCE}/test"),
        SourceGoLive(endpoint="source_go_live", url=f"{ONE_SOURCE}/go-live"),
        SourceMapping(endpoint="source_mapping", url=ONE_MAPPING),
        MappingEditor(endpoint="mapping_editor", url=f"{ONE_MAPPING}/edit"),
        MappingTrial(endpoint="mapping_trial", url=f"{ONE_MAPPING}/try"),
        MappingReplay(endpoint="mapping_replay", url=f"{ONE_MAPPING}/replay"),
        Users(endpoint="users", url="/admin/users"),
        Invites(endpoint="invites", url="/admin/invites"),
        Audit(endpoint="audit", url="/admin/audit"),
        Team(endpoint="team", url="/admin/team"),
        TenantSettings(endpoint="settings", url="/admin/settings"),
        Jobs(endpoint="jobs", url="/admin/jobs"),
        JobPage(endpoint="job", url="/admin/jobs/<job_id>"),
        Search(endpoint="search", url="/admin/search"),
        Preview(endpoint="preview", url="/admin/preview"),
    ]
