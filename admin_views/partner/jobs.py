"""The jobs of one of the partner's people."""

from admin_views import jobs
from admin_views.base import Panel


class PartnerJobs(jobs.Jobs):
    """What this person asked for in the partner panel."""

    panel = Panel.PARTNER
