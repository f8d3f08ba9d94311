"""What may be done to the members of a list: changing the role, removing; asked first."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import g, request
from werkzeug.wrappers import Response

from admin_views import member_all, member_tasks
from admin_views.base import deed, now_at
from admin_views.bulk_task import AsksFirst
from admin_views.chosen import asks_for_all
from models import Membership, Role, db
from operations import memberships
from operations.refusal import Invalid
from policy import Permission

#: Arguments that open a task above the list; every other one says which rows it shows.
TASKS = ("remove", "change", "invite")


class MemberDeeds(AsksFirst):
    """Asks above the list for one member, on a page of its own for a selection."""

    def here(self, **task: str) -> str:
        """Address the list as it is shown now, with a task open or none."""
        if "list_kept" not in g:
            kept = {name: value for name, value in request.args.items() if name not in TASKS}
            g.list_kept = urlencode(kept)
        return f"?{'&'.join(part for part in (g.list_kept, urlencode(task)) if part)}"

    def place_words(self, members: Sequence[Membership]) -> member_tasks.PlaceWords:
        """Name the place of these members in questions; each list that mixes this in answers."""
        raise NotImplementedError

    def summary(self) -> str:
        """Say beside the title what the list holds."""
        return ""

    @deed("/remove", needs=Permission.USERS_EDIT)
    def remove(self, **_place: str) -> Any:
        """Remove whoever is selected."""
        return self.removing()

    @deed("/change-role", needs=Permission.USERS_EDIT)
    def change_role(self, **_place: str) -> Any:
        """Give whoever is selected another role."""
        return self.changing()

    def removing(self) -> Any:
        """Ask first, then remove; ask again where a reason is missing."""
        if asks_for_all():
            return self._remove_all()
        members, form = self.selected(), member_tasks.ReasonForm(request.form)
        if "confirmed" not in request.form:
            return self.task_page(self.removal(members, member_tasks.ReasonForm()))
        if not form.validate():
            return self.task_page(self.removal(members, form), 422)
        try:
            return self._remove(members, form.reason.data or "")
        except Invalid as wrong:
            db.session.rollback()
            form.reason.errors = [wrong.sentence]
            return self.task_page(self.removal(self.selected(), form), 422)

    def _remove(self, members: list[Membership], reason: str) -> Response:
        who, place = member_tasks.named(members), self.place_words(members)
        verb = "was" if len(members) == 1 else "were"
        done = f"{who} {verb} removed from {place.full}."
        if len(members) == 1 and not self._is_among(members):  # who removed themselves has no undo
            self.run(memberships.remove, members[0], reason, done=done)
        else:
            self.run(memberships.remove_all, members, reason, done=done)
        return self._on(members)

    def changing(self) -> Any:
        """Ask which role, then give it."""
        if asks_for_all():
            return self._change_all()
        members = self.selected()
        if "confirmed" not in request.form:
            return self.task_page(self.change(members))
        form = member_tasks.role_form(self.actor, members, request.form)
        if not form.validate():
            return self.task_page(self.change(members, form), 422)
        role = Role(form.role.data)
        try:
            done = f"{member_tasks.named(members)}: now {role.word}."
            self.run(memberships.change_roles, members, role, form.reason.data or "", done=done)
        except Invalid as wrong:
            db.session.rollback()
            form[wrong.field].errors = [wrong.sentence]
            return self.task_page(self.change(self.selected(), form), 422)
        return self._on(members)

    def _remove_all(self) -> Response:
        chosen, is_sent = self.chosen(), "confirmed" in request.form
        form = member_tasks.ReasonForm(request.form if is_sent else None)
        if is_sent and form.validate():
            reason = form.reason.data or ""
            return self.queue(chosen, "members.remove", {"reason": reason}, _told(Reason=reason))
        task = member_all.removal(chosen)
        asked = form if self.actor.is_staff else None  # nobody else may leave a place bereft
        return self.ask(chosen, task, asked, 422 if is_sent else 200, "members.remove")

    def _change_all(self) -> Response:
        chosen, is_sent = self.chosen(), "confirmed" in request.form
        form = member_all.role_form(self.actor, chosen.rows[0], request.form if is_sent else None)
        if is_sent and form.validate():
            terms = {"role": form.role.data, "reason": form.reason.data or ""}
            told = _told(Role=Role(form.role.data).word, Reason=terms["reason"])
            return self.queue(chosen, "members.change_role", terms, told)
        task = member_all.change(chosen)
        return self.ask(chosen, task, form, 422 if is_sent else 200, "members.change_role")

    def _on(self, members: list[Membership]) -> Response:
        """Back to the list; whoever changed themselves goes to the door that fits now."""
        return now_at("/" if self._is_among(members) else self.url("index_view"))

    def _is_among(self, members: list[Membership]) -> bool:
        return any(member.id == self.actor.membership_id for member in members)

    # Tasks ---------------------------------------------------------------------------------

    def removal(self, members: list[Membership], form: Any) -> dict[str, Any]:
        """Describe the question before a removal."""
        urls = (self.url("remove"), self.url("index_view"))
        return member_tasks.removal(self.actor, members, self.place_words(members), form, urls)

    def change(self, members: list[Membership], form: Any = None) -> dict[str, Any]:
        """Describe the choice of another role."""
        form = form or member_tasks.role_form(self.actor, members, None)
        urls = (self.url("change_role"), self.url("index_view"))
        return member_tasks.change(self.actor, members, self.place_words(members), form, urls)

    def task_page(self, task: dict[str, Any], status: int = 200) -> Response:
        """Show a task on a page of its own: for a selection, and when something is wrong."""
        crumbs = [{"word": self.title, "url": self.url("index_view")}]
        return self.form_page(
            "users/task_page.html", status, task=task, head=self.head(), crumbs=crumbs
        )


def _told(**terms: str) -> dict[str, str]:
    return {word: text for word, text in terms.items() if text.strip()}
