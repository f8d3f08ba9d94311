"""The jobs that a person asked for: running, done and stopped, the newest first."""

from collections.abc import Sequence
from typing import Any, ClassVar

from markupsafe import Markup
from sqlalchemy import Select, select

from admin_views import cells
from admin_views.job_words import KINDS, job_url, progress
from admin_views.lists import Column, ListScreen
from models import Job
from policy import Permission


def _ended(row: Job, _more: object) -> Markup | str:
    return cells.moment(row.ended_at, never=cells.NOTHING)


class Jobs(ListScreen):
    """One's own jobs; what others did, an Admin reads in the audit."""

    model = Job
    title, noun = "Your jobs", ("job", "jobs")
    to_view = Permission.PANEL_OPEN
    columns: ClassVar[Sequence[Column]] = (
        Column("kind", "Job", lambda row, _: KINDS[row.kind][0], css="clip"),
        Column(
            "state",
            "Status",
            lambda row, _: cells.badge(row.state),
            text=lambda row, _: row.state.value,
            css="state",
        ),
        Column("done", "How far", lambda row, _: progress(row)),
        Column(
            "asked",
            "Asked for",
            lambda row, _: cells.moment(row.queued_at),
            text=lambda row, _: cells.stamp(row.queued_at),
            sort=Job.id,
            numeric=True,
        ),
        Column(
            "ended", "Ended", _ended, text=lambda row, _: cells.stamp(row.ended_at), numeric=True
        ),
    )
    empty = (
        "No jobs yet",
        "Imports and actions on all rows that match go on in the background. Yours are here.",
    )
    empty_icon = "clock"

    def base_query(self) -> Select[Any]:
        """What this person asked for, here and in no other place of theirs."""
        return select(Job).where(Job.asked_by_id == self.actor.membership_id)

    def name_of(self, row: Any) -> str:
        """Name a job by its kind."""
        return KINDS[row.kind][0]

    def url_of(self, row: Any) -> str | None:
        """Lead to the job's page."""
        return job_url(row)
