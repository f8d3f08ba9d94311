"""A job's page for staff: leads back to the source, or to the list, that it is about."""

from flask import url_for

from admin_views.job_page import JobPages
from admin_views.job_words import KINDS
from admin_views.object_pages import address_of
from models import Job, Source, db


class JobPage(JobPages):
    """The job of one of the tenant's own people."""

    def subject(self, job: Job) -> dict[str, str]:
        """Lead to the source that the job is about, or to all of them where it is about several."""
        if address := job.facts.get("list"):
            return {"word": KINDS[job.kind][2].capitalize(), "url": address}
        source = db.session.get(Source, (job.tenant_id, job.subject_id)) if job.subject_id else None
        url = address_of(source.public_id) if source else None
        if source and url:
            return {"word": source.name, "url": url}
        return {"word": "Sources", "url": url_for("sources.index_view")}
