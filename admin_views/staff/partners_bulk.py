"""What is done to the selected partners of the list: a page that asks, then the deed."""

from flask import request
from sqlalchemy import func, select
from werkzeug.wrappers import Response
from wtforms import Form, SelectField, StringField

from admin_views.base import deed, now_at
from admin_views.bulk_task import AsksFirst
from admin_views.staff import partner_form
from admin_views.words import plural
from models import Invite, Partner, db
from models.invite import pending_invites
from operations import details, partner_bulk
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
        """Ask, and pause all of them or none."""
        chosen = self.selected()
        many = plural(len(chosen), "partner")
        if "confirmed" not in request.form:
            task = {"title": f"Pause {many}?", "button": f"Pause {many}", **MILD}
            task["lead"] = "Their sources answer 403 to every call. Their people can still read."
            return self.ask(chosen, {**task, "consequences": consequences(chosen)}, None)
        self.run(partner_bulk.pause_all, chosen, done=f"{_were(many)} paused.")
        return now_at(self.back())

    @deed("/manager", needs=Permission.PARTNERS_EDIT)
    def set_manager(self) -> Response:
        """Ask for the account manager, and set it for all of them or none."""
        chosen = self.selected()
        many = plural(len(chosen), "partner")
        form = ManagerForm(request.form)
        form.manager.choices = [partner_form.NOBODY, *partner_form.staff_choices()]
        task = {
            "title": f"Set the account manager of {many}",
            "button": "Set account manager",
            **MILD,
        }
        if "manager" not in request.form:
            return self.ask(chosen, task, form)
        if not form.validate():
            return self.ask(chosen, task, form, 422)
        manager_id = partner_form.member_id(form.manager.data)
        done = f"The account manager of {many} was set."
        self.run(partner_bulk.set_manager, chosen, manager_id, done=done)
        return now_at(self.back())

    @deed("/tag", needs=Permission.PARTNERS_EDIT)
    def add_tag(self) -> Response:
        """Ask for the tag, and add it to all of them or none."""
        chosen = self.selected()
        many = plural(len(chosen), "partner")
        form = TagForm(request.form)
        task = {"title": f"Add a tag to {many}", "button": "Add tag", **MILD}
        if "tag" not in request.form:
            return self.ask(chosen, task, form)
        try:
            self.run(partner_bulk.add_tag, chosen, form.tag.data, done=f"{_were(many)} tagged.")
        except Invalid as invalid:
            db.session.rollback()
            form.tag.errors = [invalid.sentence]
            return self.ask(self.selected(), task, form, 422)
        return now_at(self.back())


def consequences(chosen: list[Partner]) -> list[tuple[str, int, str]]:
    """Count what belongs to these partners."""
    theirs = Invite.partner_id.in_([partner.id for partner in chosen])
    invites = select(func.count()).select_from(Invite).where(theirs, pending_invites())
    return [
        ("Sources", sum(partner.source_count for partner in chosen), "answer 403 until resumed"),
        ("People", sum(partner.user_count for partner in chosen), "can read, and change nothing"),
        ("Pending invites", db.session.scalar(invites) or 0, "stay as they are"),
    ]


def _were(many: str) -> str:
    return f"{many} {'was' if many.startswith('1 ') else 'were'}"
