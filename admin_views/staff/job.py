"""A job's page: how far it is, and what came of it."""

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, jsonify, url_for
from markupsafe import Markup
from sqlalchemy import select

from admin_views.base import Screen, page, parsed
from admin_views.object_pages import address_of
from admin_views.words import plural
from models import Job, JobState, Source, db
from policy import Actor, Permission

#: What each kind of job is called, and what it counts (one, many).
KINDS: Mapping[str, tuple[str, str, str]] = {
    "leads.credit": ("Crediting earlier leads", "source", "sources"),
    "import.check": ("Check of a file", "row", "rows"),
    "import.run": ("Import of a file", "row", "rows"),
    "mapping.replay": ("Replay of rejected calls", "call", "calls"),
}
STATES = {
    JobState.QUEUED: "Waiting for the worker",
    JobState.RUNNING: "Running",
    JobState.DONE: "Done",
    JobState.FAILED: "Stopped",
}


class JobPage(Screen):
    """One job: its progress while it runs, its result afterwards."""

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self, job_id: str) -> Any:
        """Show the job."""
        job = self._job(job_id)
        return self.render(
            "staff/job.html",
            job=job,
            title=KINDS[job.kind][0],
            state=STATES[job.state],
            progress=_progress(job),
            status_url=self.url("status", job_id=job_id),
            crumbs=[_subject(job)],
        )

    @page("/status", needs=Permission.PANEL_OPEN)
    def status(self, job_id: str) -> Any:
        """Say how far the job is: what the page's script asks for."""
        job = self._job(job_id)
        return jsonify(state=job.state.value, done=job.done, total=job.total, words=_progress(job))

    def _job(self, job_id: str) -> Job:
        """The person's own job; an Admin's view of others' work is the audit."""
        job = db.session.scalar(select(Job).where(Job.id == parsed(Job, job_id)))
        if job is None or job.asked_by_id != self.actor.membership_id:
            abort(404)
        return job


def job_url(job: Job) -> str:
    """Where a job's progress is shown."""
    return url_for("job.index_view", job_id=job.public_id)


def lead_to_progress(actor: Actor, kind: str, text: str) -> None:
    """Say that a job of this kind was just asked for, if it was, and where to see how far it is."""
    own = select(Job).where(Job.asked_by_id == actor.membership_id, Job.kind == kind)
    job = db.session.scalar(own.order_by(Job.id.desc()).limit(1))
    if job is not None and job.state is JobState.QUEUED:
        more = Markup('<a href="{}">See how far it is</a>').format(job_url(job))
        told: Any = {"text": text, "more": more}
        flash(told, "success")


def _progress(job: Job) -> str:
    _, one, many = KINDS[job.kind]
    if job.total:
        return f"{job.done:,} of {plural(job.total, one, many)}"
    return plural(job.done, one, many)


def _subject(job: Job) -> dict[str, str]:
    """Lead to the source that the job is about, or to all of them where it is about several."""
    source = db.session.get(Source, (job.tenant_id, job.subject_id)) if job.subject_id else None
    url = address_of(source.public_id) if source else None
    if source and url:
        return {"word": source.name, "url": url}
    return {"word": "Sources", "url": url_for("sources.index_view")}
