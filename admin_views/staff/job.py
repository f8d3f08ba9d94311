"""A job's page for staff: leads back to the source, the list or the file that it is about."""

from flask import url_for

from admin_views.job_page import JobPages
from admin_views.job_words import KINDS
from admin_views.object_pages import address_of
from models import FileImport, Job, Source, db


class JobPage(JobPages):
    """The job of one of the tenant's own people."""

    def jobs_url(self) -> str:
        """Lead to the list in this panel."""
        return url_for("jobs.index_view")

    def subject(self, job: Job) -> dict[str, str]:
        """Lead to what the job is about, or to all sources where it is about several."""
        if address := job.facts.get("list"):
            return {"word": KINDS[job.kind][2].capitalize(), "url": address}
        return _of_file(job) or _of_source(job)


def _of_file(job: Job) -> dict[str, str] | None:
    """Lead to the rows of an imported file, as long as it is kept."""
    file = db.session.get(FileImport, (job.tenant_id, job.subject_id)) if job.subject_id else None
    if file is None:
        return None
    screen = f"{file.kind.value.removesuffix('s')}_import.index_view"
    return {"word": file.name, "url": url_for(screen, import_id=file.public_id)}


def _of_source(job: Job) -> dict[str, str]:
    source = db.session.get(Source, (job.tenant_id, job.subject_id)) if job.subject_id else None
    url = address_of(source.public_id) if source else None
    if source and url:
        return {"word": source.name, "url": url}
    return {"word": "Sources", "url": url_for("sources.index_view")}
