"""A deed for the selected rows of a list that is asked first, on a page of its own.

Ticked rows are at most one page, seen row by row: they are done at once, all or none. All that
match are done by a job, whatever their number: nobody has seen them row by row, so those that
cannot be done stop none of the others, and are listed with the reason.
"""

from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.wrappers import Response
from wtforms import Form

from admin_views.base import now_at
from admin_views.chosen import NAMED, Chosen, all_that_match, asks_for_all
from admin_views.job_words import job_url
from admin_views.lists import ListScreen
from guard import came_from, local_path
from operations import bulk_job, bulk_undo
from operations.bulk_deeds import DEEDS

UNCOUNTED = "Counting them takes too long for a page. "
AS_A_JOB = "This runs as a job. You can watch it and stop it; what cannot be changed is listed."
UNDONE = " You can undo it for 10 minutes after it has ended."


class AsksFirst(ListScreen):
    """Mix into a list whose bulk deeds ask; behind the list's own class.

    Flask-Admin gives every class copies of the pages it inherits, which would hide the list's.
    """

    def chosen(self) -> Chosen:
        """Find what was chosen: ticked rows, all or none of which are found, or all that match."""
        if asks_for_all():
            return all_that_match(self.actor, self.model)
        rows = self.selected()
        return Chosen(rows, len(rows), self.noun, self.model)

    def ask(
        self,
        chosen: Chosen,
        task: dict[str, Any],
        form: Form | None,
        status: int = 200,
        kind: str = "",
    ) -> Response:
        """Show the task on a page of its own, which carries the selection along."""
        back = self.way_back()
        names = [self.name_of(row) for row in chosen.rows[:NAMED]]
        if chosen.query is not None:
            task = {**task, "note": job_note(chosen, kind)}
        return self.form_page(
            "bulk_task.html",
            status,
            task={"url": request.path, "cancel_url": back, **task},
            form=form,
            head=self.head(),
            list_title=self.title,
            hidden=chosen.hidden,
            names=names,
            others=(chosen.number or 0) - len(names),
            back=back,
        )

    def carry_out(
        self,
        chosen: Chosen,
        kind: str,
        done: str,
        terms: Mapping[str, Any] | None = None,
        told: Mapping[str, str] | None = None,
    ) -> Response:
        """Do it to the ticked rows now, or ask for the job; `told` says the terms in words."""
        if chosen.query is None:
            self.run(DEEDS[kind].do, chosen.rows, terms or {}, done=done)
            return now_at(self.way_back())
        return self.queue(chosen, kind, terms, told)

    def queue(
        self,
        chosen: Chosen,
        kind: str,
        terms: Mapping[str, Any] | None = None,
        told: Mapping[str, str] | None = None,
    ) -> Response:
        """Ask for the job, and lead to its progress."""
        what = (chosen.address, chosen.until, chosen.number or 0, terms or {}, told or {})
        return now_at(job_url(self.run(bulk_job.ask, kind, *what)))

    def way_back(self) -> str:
        """Lead back to the list as it was narrowed when the rows were selected."""
        home = self.url("index_view")
        back = local_path(request.form.get("next"), came_from())
        return back if back.split("?")[0] == home else home


def job_note(chosen: Chosen, kind: str) -> str:
    """Say beside the button what a job is, and whether it can be undone."""
    uncounted = UNCOUNTED if chosen.number is None else ""
    return uncounted + AS_A_JOB + (UNDONE if kind in bulk_undo.UNDO else "")
