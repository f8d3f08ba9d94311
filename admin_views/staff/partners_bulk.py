"""What is done to the selected partners of the list: a page that asks, then the deed."""

from flask import request
from sqlalchemy import func, select
from werkzeug.wrappers import Response
from wtforms import Form, SelectField, StringField

from admin_views.base import deed
from admin_views.bulk_task import AsksFirst
from admin_views.chosen import Chosen, within_seconds
from admin_views.staff import partner_form
from models import Invite, Partner, db
from models.invite import pending_invites
from operations import details
from operations.refusal import Invalid
from policy import Permission

#: None of these deeds is sharp: each is set back as easily.
MILD = {"danger": False}


class ManagerForm(Form):
    """Whom they get."""

    manager = SelectField("Account manager")


class TagForm(Form):
    """Which tag they get."""

    tag = StringField(
        "Tag",
        description=f"One tag, at most {details.LONGEST_TAG} characters.",
        render_kw={"required": True},
    )


class PartnersBulk(AsksFirst):
    """Mix into the partner list."""

    @deed("/pause", needs=Permission.PARTNERS_EDIT)
    def pause_many(self) -> Response:
        """Ask, and pause the ticked ones, all or none, or all that match."""
        chosen = self.chosen()
        if "confirmed" not in request.form:
            task = {"title": f"Pause {chosen.many}?", "button": f"Pause {chosen.many}", **MILD}
            task["lead"] = "Their sources answer 403 to every call. Their people can still read."
            task["consequences"] = within_seconds(lambda: consequences(chosen)) or []
            return self.ask(chosen, task, None, kind="partners.pause")
        return self.carry_out(chosen, "partners.pause", f"{_were(chosen.many)} paused.")

    @deed("/manager", needs=Permission.PARTNERS_EDIT)
    def set_manager(self) -> Response:
        """Ask for the account manager, and set it."""
        chosen, form = self.chosen(), ManagerForm(request.form)
        form.manager.choices = [partner_form.NOBODY, *partner_form.staff_choices()]
        task = {
            "title": f"Set the account manager of {chosen.many}",
            "button": "Set account manager",
            **MILD,
        }
        if "manager" not in request.form:
            return self.ask(chosen, task, form)
        if not form.validate():
            return self.ask(chosen, task, form, 422)
        manager_id = partner_form.member_id(form.manager.data)
        done = f"The account manager of {chosen.many} was set."
        terms = {"manager": str(manager_id) if manager_id else None}
        told = {"Account manager": dict(form.manager.choices)[form.manager.data]}
        return self.carry_out(chosen, "partners.set_manager", done, terms, told)

    @deed("/tag", needs=Permission.PARTNERS_EDIT)
    def add_tag(self) -> Response:
        """Ask for the tag, and add it."""
        chosen, form = self.chosen(), TagForm(request.form)
        task = {"title": f"Add a tag to {chosen.many}", "button": "Add tag", **MILD}
        if "tag" not in request.form:
            return self.ask(chosen, task, form)
        try:
            tag = details.tag(form.tag.data or "", "tag")
            done = f"{_were(chosen.many)} tagged."
            return self.carry_out(chosen, "partners.add_tag", done, {"tag": tag}, {"Tag": tag})
        except Invalid as invalid:
            db.session.rollback()
            form.tag.errors = [invalid.sentence]
            return self.ask(self.chosen(), task, form, 422)


def consequences(chosen: Chosen) -> list[tuple[str, int, str]]:
    """Count what belongs to these partners."""
    sums = select(func.sum(Partner.source_count), func.sum(Partner.user_count))
    sources, people = db.session.execute(sums.where(chosen.among(Partner.id))).one()
    invites = select(func.count()).select_from(Invite)
    invites = invites.where(chosen.among(Invite.partner_id), pending_invites())
    return [
        ("Sources", sources or 0, "answer 403 until resumed"),
        ("People", people or 0, "can read, and change nothing"),
        ("Pending invites", db.session.scalar(invites) or 0, "stay as they are"),
    ]


def _were(many: str) -> str:
    return f"{many} {'was' if many.startswith('1 ') else 'were'}"
