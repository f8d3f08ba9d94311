"""Leads across partners: the list, and what is done to those that are selected."""

from flask import request
from werkzeug.wrappers import Response
from wtforms import Form, StringField

from admin_views.base import deed
from admin_views.bulk_task import AsksFirst
from admin_views.chosen import Chosen
from admin_views.leads import (
    BY_COUNT,
    BY_STATE,
    BY_TEST,
    EMAIL,
    FROM,
    NAME,
    PARTNER,
    RECEIVED,
    SOURCE,
    STATE,
    UNTIL,
    LeadList,
)
from admin_views.lists import Bulk
from admin_views.name_filters import by_partner, by_source
from models import Lead, db
from operations import leads
from operations.refusal import Invalid
from policy import Permission

MEANS = (
    "It counts as returned on the day it was received. The partner reads the reason if it is shown"
    " its returned leads, and is no longer owed for it if its payout leaves them out."
)

AGAIN = "They count as accepted on the day they were received, and are owed for again."


class ReturnForm(Form):
    """Why they are returned."""

    reason = StringField(
        "Reason",
        description=f"At most {leads.REASON} characters.",
        render_kw={"required": True, "maxlength": leads.REASON},
    )


class Leads(LeadList, AsksFirst):
    """Every lead of the tenant."""

    columns = (NAME, EMAIL, SOURCE, PARTNER, STATE, RECEIVED)
    filters = (BY_STATE, by_source(Lead), by_partner(Lead), FROM, UNTIL, BY_TEST, BY_COUNT)
    bulk = (
        Bulk("return", "Mark returned…", "return_many", Permission.LEADS_EDIT, sharp=True),
        Bulk("take-back", "Back to accepted", "take_back_many", Permission.LEADS_EDIT),
    )

    @deed("/return", needs=Permission.LEADS_EDIT)
    def return_many(self) -> Response:
        """Ask for the reason, and mark them as returned."""
        chosen, form = self.chosen(), ReturnForm(request.form)
        if "confirmed" not in request.form:
            return self._ask_reason(chosen, ReturnForm())
        try:
            reason = leads.reason_of(form.reason.data or "")
            told = {"Reason": reason}
            done = f"Returned {chosen.many}."
            return self.carry_out(chosen, "leads.return", done, {"reason": reason}, told)
        except Invalid as invalid:
            db.session.rollback()
            form.reason.errors = [invalid.sentence]
            return self._ask_reason(self.chosen(), form, 422)

    @deed("/take-back", needs=Permission.LEADS_EDIT)
    def take_back_many(self) -> Response:
        """Make the ticked ones accepted again at once, all that match after a question."""
        chosen = self.chosen()
        if chosen.query is not None and "confirmed" not in request.form:
            task = {"title": f"Take {chosen.many} back to accepted?", "lead": AGAIN}
            task["button"] = "Back to accepted"
            return self.ask(chosen, task | {"danger": False}, None, kind="leads.take_back")
        done = f"{chosen.many}: back to accepted."
        return self.carry_out(chosen, "leads.take_back", done)

    def _ask_reason(self, chosen: Chosen, form: ReturnForm, status: int = 200) -> Response:
        many = chosen.many
        task = {"title": f"Mark {many} as returned?", "lead": MEANS, "button": f"Return {many}"}
        return self.ask(chosen, task, form, status, "leads.return")
