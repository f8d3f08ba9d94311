"""A job's page for partner people: leads back to the list that it is about."""

from flask import url_for

from admin_views.base import Panel
from admin_views.job_page import JobPages
from admin_views.job_words import KINDS
from models import Job


class PartnerJobPage(JobPages):
    """The job of one of the partner's people."""

    panel = Panel.PARTNER

    def jobs_url(self) -> str:
        """Lead to the list in this panel."""
        return url_for("portal_jobs.index_view")

    def subject(self, job: Job) -> dict[str, str]:
        """Lead to the list whose rows it works on."""
        word = KINDS[job.kind][2].capitalize()
        return {"word": word, "url": job.facts.get("list") or url_for("portal.index_view")}
