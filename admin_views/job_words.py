"""Jobs in words: what each kind is called, how far one is, where its page is."""

from collections.abc import Mapping
from datetime import timedelta
from math import ceil
from typing import Any

from flask import flash, url_for
from markupsafe import Markup
from sqlalchemy import select

from admin_views.words import plural
from models import Job, JobState, db, now
from operations import bulk_undo
from operations.bulk_deeds import DEEDS
from policy import Actor

A_MINUTE = timedelta(minutes=1)
#: What each kind of job is called, and what it counts (one, many).
KINDS: Mapping[str, tuple[str, str, str]] = {
    "leads.credit": ("Crediting earlier leads", "source", "sources"),
    "leads.credit_back": ("Crediting leads that came meanwhile", "source", "sources"),
    "import.check": ("Check of a file", "row", "rows"),
    "import.run": ("Import of a file", "row", "rows"),
    "mapping.replay": ("Replay of rejected calls", "call", "calls"),
    **{kind: (deed.title, *deed.noun) for kind, deed in DEEDS.items()},
    **{
        kind + bulk_undo.SUFFIX: (f"Undo: {DEEDS[kind].title.lower()}", *DEEDS[kind].noun)
        for kind in bulk_undo.UNDO
    },
}
STATES = {
    JobState.QUEUED: "Waiting for the worker",
    JobState.RUNNING: "Running",
    JobState.DONE: "Done",
    JobState.FAILED: "Stopped",
    JobState.CANCELLED: "Cancelled",
}


def job_url(job: Job) -> str:
    """Where a job's progress is shown: in the panel of whoever asked for it."""
    screen = "portal_job" if job.partner_id else "job"
    return url_for(f"{screen}.index_view", job_id=job.public_id)


def own_job_url(actor: Actor, public_id: str) -> str | None:
    """Where a job that this person asked for is shown: nobody else's page of it opens."""
    if not public_id.startswith(f"{Job.prefix}_"):
        return None
    own = select(Job).where(Job.asked_by_id == actor.membership_id)
    job = db.session.scalar(own.where(Job.id == Job.parse_id(public_id)))
    return job_url(job) if job else None


def lead_to_progress(actor: Actor, kind: str, text: str) -> None:
    """Say that a job of this kind was just asked for, if it was, and where to see how far it is."""
    own = select(Job).where(Job.asked_by_id == actor.membership_id, Job.kind == kind)
    job = db.session.scalar(own.order_by(Job.id.desc()).limit(1))
    if job is not None and job.state is JobState.QUEUED:
        more = Markup('<a href="{}">See how far it is</a>').format(job_url(job))
        told: Any = {"text": text, "more": more}
        flash(told, "success")


def standing(job: Job) -> str:
    """Say where it is; of one that begins later, when."""
    if job.state is JobState.QUEUED and job.due_at is not None and job.due_at > now():
        return f"Begins in {plural(ceil((job.due_at - now()) / A_MINUTE), 'minute')}"
    return STATES[job.state]


def progress(job: Job) -> str:
    """Say how far it is."""
    _, one, many = KINDS[job.kind]
    if job.total:
        return f"{job.done:,} of {plural(max(job.total, job.done), one, many)}"
    return plural(job.done, one, many)
