"""The tenant's own staff."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import flash, request, url_for
from markupsafe import Markup
from sqlalchemy import Select
from wtforms import RadioField
from wtforms.validators import InputRequired

from admin_views.base import deed, now_at
from admin_views.invite_form import (
    InviteForm,
    are_all_invited,
    kind_of,
    limited,
    outcome_words,
    said,
    status_of,
)
from admin_views.mail_words import invited
from admin_views.member_tasks import PlaceWords
from admin_views.users import Members, role_filter
from models import Membership, Role, db
from operations import invites
from operations.invites import Result
from operations.refusal import Invalid
from policy import Permission, grantable
from visitor import settings, tenant_name


class StaffInviteForm(InviteForm):
    """The roles stand below each other, each with what it may do."""

    role = RadioField("Role", [InputRequired("Choose a role.")])


class Team(Members):
    """Whoever works in the staff panel."""

    title, noun = "Team", ("person", "people")
    to_view = Permission.TEAM_MANAGE
    filters = (role_filter(*(role for role in Role if not role.is_partner_role)),)
    bulk = tuple(replace(deed, needs=Permission.TEAM_MANAGE) for deed in Members.bulk)

    @deed("/remove", needs=Permission.TEAM_MANAGE)
    def remove(self, **_place: str) -> Any:
        """Remove whoever is selected."""
        return self.removing()

    @deed("/change-role", needs=Permission.TEAM_MANAGE)
    def change_role(self, **_place: str) -> Any:
        """Give whoever is selected another role."""
        return self.changing()

    @deed("/invite", needs=Permission.TEAM_MANAGE)
    def invite(self) -> Any:
        """Invite the addresses that were typed; say of each what became of it."""
        form = self._form(request.form)
        if not form.validate():
            return self._invite_page(form, 422)
        try:
            results = self._send(form)
        except Invalid as wrong:
            db.session.rollback()
            form[wrong.field].errors = [wrong.sentence]
            return self._invite_page(form, 422)
        return self._answer(form, results)

    def _answer(self, form: StaffInviteForm, results: list[Result]) -> Any:
        """Say what became of each; addresses that could not be invited stay in the form."""
        if are_all_invited(results):
            pending = url_for("invites.index_view", state="pending")
            more = Markup('<a href="{}">See pending invites</a>').format(pending)
            told: Any = {"text": said(results), "more": more}
            flash(told, "success")
            return now_at(self.url("index_view"))
        form.keep(results)
        answered = {"results": [_told(result) for result in results], "failed": said(results)}
        task = self._invitation(form) | answered
        return limited(self.task_page(task, status_of(results)))

    def base_query(self) -> Select[Any]:
        """Only those who belong to no partner."""
        return super().base_query().where(Membership.partner_id.is_(None))

    def place_words(self, members: Sequence[Membership]) -> PlaceWords:
        """Name the tenant."""
        return PlaceWords(tenant_name(), "the staff panel")

    def create_link(self) -> dict[str, str] | None:
        """Offer to invite staff."""
        return {"word": "Invite staff", "url": self.url("index_view", invite=1)}

    def open_task(self) -> dict[str, Any] | None:
        """Open the invitation too."""
        if "invite" in request.args:
            return self._invitation(self._form(None))
        return super().open_task()

    def _form(self, data: Any) -> StaffInviteForm:
        form = StaffInviteForm(data)
        roles = grantable(self.actor, in_partner=False)
        form.role.choices = [(role.value, role.word) for role in roles]
        return form

    def _send(self, form: StaffInviteForm) -> list[Result]:
        typed, role = form.addresses.data, Role(form.role.data)
        limits = invites.Limits.of(settings())
        message = (form.message.data or "").strip()
        sent: list[Result] = self.run(invites.send, None, typed, role, message, limits)
        return sent

    def _invitation(self, form: StaffInviteForm) -> dict[str, Any]:
        return {
            "ids": [],
            "url": self.url("invite"),
            "cancel_url": self.url("index_view"),
            "title": f"Invite staff to {tenant_name()}",
            "lead": invited("under Invites"),
            "button": "Send invites",
            "cancel": "Cancel",
            "form": form,
            "fields": ["addresses", "role", "message"],
            "helps": {"role": {role.value: role.purpose for role in Role}},
            "failed": "Nobody was invited.",
        }

    def _invite_page(self, form: StaffInviteForm, status: int) -> Any:
        return self.task_page(self._invitation(form), status)


def _told(result: Result) -> dict[str, str]:
    return {"text": result.text, "outcome": outcome_words(result), "kind": kind_of(result)}
