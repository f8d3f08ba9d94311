"""A job's page, in both panels: how far it is, what came of it, stopping and undoing it."""

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, jsonify
from sqlalchemy import Select, select

from admin_views import export
from admin_views.base import Screen, deed, now_at, page, parsed
from admin_views.export import Field
from admin_views.job_words import KINDS, job_url, progress, standing
from admin_views.sections import belongs_to
from models import Job, JobRefusal, JobState, db
from operations import bulk_undo, job_stopping
from policy import Permission

#: So many refused rows are on the page; the others are in the download.
SHOWN = 20


class JobPages(Screen):
    """One job: its progress while it runs, its result afterwards."""

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self, job_id: str) -> Any:
        """Show the job."""
        job = self._job(job_id)
        left = bulk_undo.time_left(self.actor, job)
        about = self.subject(job)
        belongs_to(about["url"])
        return self.render(
            "job.html",
            job=job,
            title=KINDS[job.kind][0],
            state=standing(job),
            may_stop=job.kind not in job_stopping.NEVER_STOPPED,
            progress=progress(job),
            urls={name: self.url(name, job_id=job_id) for name in ("status", "cancel", "undo")},
            refused=self._refused(job) | {"url": self.url("refused", job_id=job_id)},
            minutes_to_undo=None if left is None else left.seconds // 60 + 1,
            undo=self._page_of(job.undo_id),
            crumbs=[about],
            jobs_url=self.jobs_url(),
        )

    def subject(self, job: Job) -> dict[str, str]:
        """Lead to what the job is about; each panel answers."""
        raise NotImplementedError

    def jobs_url(self) -> str:
        """Lead to all jobs of this person; each panel answers."""
        raise NotImplementedError

    @page("/status", needs=Permission.PANEL_OPEN)
    def status(self, job_id: str) -> Any:
        """Say how far the job is: what the page's script asks for."""
        job = self._job(job_id)
        return jsonify(state=job.state.value, done=job.done, total=job.total, words=progress(job))

    @page("/refused", needs=Permission.PANEL_OPEN)
    def refused(self, job_id: str) -> Response:
        """Send every row that was left as it is, with the reason, as CSV."""
        fields = [
            Field("Identifier", JobRefusal.object_public_id),
            Field("Name", JobRefusal.object_name),
            Field("Reason", JobRefusal.reason),
        ]
        rows = _refusals(self._job(job_id)).order_by(JobRefusal.id)
        return export.csv_of_fields("refused.csv", fields, rows)

    @deed("/cancel", needs=Permission.PANEL_OPEN)
    def cancel(self, job_id: str) -> Any:
        """Stop the job after the step that it is in."""
        job = self._job(job_id)
        self.run(job_stopping.cancel, job, KINDS[job.kind][0], done="The job was stopped.")
        return now_at(self.url("index_view", job_id=job_id))

    @deed("/undo", needs=Permission.PANEL_OPEN)
    def undo(self, job_id: str) -> Any:
        """Ask for a job that takes this one back."""
        return now_at(job_url(self.run(bulk_undo.ask, self._job(job_id))))

    def _refused(self, job: Job) -> dict[str, Any]:
        number = job.result.get("Refused", 0)
        if job.state in {JobState.QUEUED, JobState.RUNNING} or not number:
            return {"rows": (), "number": 0}
        first = _refusals(job).order_by(JobRefusal.id).limit(SHOWN)
        rows: Sequence[JobRefusal] = db.session.scalars(first).all()
        return {"rows": rows, "number": number}

    def _page_of(self, job_id: Any) -> str | None:
        found = db.session.scalar(select(Job).where(Job.id == job_id)) if job_id else None
        return job_url(found) if found else None

    def _job(self, job_id: str) -> Job:
        """The person's own job; an Admin's view of others' work is the audit."""
        job = db.session.scalar(select(Job).where(Job.id == parsed(Job, job_id)))
        if job is None or job.asked_by_id != self.actor.membership_id:
            abort(404)
        return job


def _refusals(job: Job) -> Select[Any]:
    return select(JobRefusal).where(JobRefusal.job_id == job.id)
