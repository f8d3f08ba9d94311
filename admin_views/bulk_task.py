"""A deed for the selected rows of a list that is asked first, on a page of its own."""

from collections.abc import Sequence
from typing import Any

from flask import request
from werkzeug.wrappers import Response
from wtforms import Form

from admin_views.lists import ListScreen
from guard import came_from, local_path

#: So many of the selected are named, the rest is counted.
NAMED = 10


class AsksFirst(ListScreen):
    """Mix into a list whose bulk deeds ask; behind the list's own class.

    Flask-Admin gives every class copies of the pages it inherits, which would hide the list's.
    """

    def ask(
        self, chosen: Sequence[Any], task: dict[str, Any], form: Form | None, status: int = 200
    ) -> Response:
        """Show the task on a page of its own, which carries the selection along."""
        back = self.back()
        names = [self.name_of(row) for row in chosen[:NAMED]]
        return self.form_page(
            "bulk_task.html",
            status,
            task={"url": request.path, "cancel_url": back, **task},
            form=form,
            list_title=self.title,
            ids=[row.public_id for row in chosen],
            names=names,
            others=len(chosen) - len(names),
            back=back,
        )

    def back(self) -> str:
        """Lead back to the list as it was narrowed when the rows were selected."""
        home = self.url("index_view")
        back = local_path(request.form.get("next"), came_from())
        return back if back.split("?")[0] == home else home
