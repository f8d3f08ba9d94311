"""One lead in the staff panel: its page, marking it as returned, and taking that back."""

from typing import Any

from flask import request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from admin_views.base import deed, now_at, page
from admin_views.event_words import deed_of, icon_of
from admin_views.lead_page import LeadScreen, find_lead, lead_head, may_return, may_take_back
from admin_views.lead_words import name_of
from admin_views.object_pages import address_of
from admin_views.staff.leads import MEANS, ReturnForm
from models import AuditEvent, Lead, db
from operations import leads
from operations.refusal import Invalid, Refusal
from policy import Permission, may

#: So many of its events; there are hardly ever more than two.
EVENTS = 50


class LeadPage(LeadScreen):
    """One lead, with its history and what is done to it."""

    @page("/", needs=Permission.LEADS_VIEW)
    def index_view(self, lead_id: str) -> Any:
        """Show the lead."""
        lead = find_lead(lead_id)
        return self.show(lead, self._head(lead))

    def more(self, lead: Lead) -> dict[str, Any]:
        """Add the trail, for those who read it."""
        history = _events(lead) if may(self.actor, Permission.AUDIT_VIEW) else None
        return {"history": history, "address_of": address_of}

    @page("/return", needs=Permission.LEADS_EDIT)
    def ask_return(self, lead_id: str) -> Any:
        """Ask for the reason."""
        lead = find_lead(lead_id)
        if not may_return(lead):
            raise Refusal(f"{name_of(lead)} cannot be marked as returned: it is not accepted.")
        return self._ask(lead, ReturnForm())

    @deed("/return", needs=Permission.LEADS_EDIT)
    def mark_returned(self, lead_id: str) -> Response:
        """Mark it as returned; it can be undone for ten minutes."""
        lead, form = find_lead(lead_id), ReturnForm(request.form)
        try:
            done = f"{name_of(lead)} is marked as returned."
            self.run(leads.mark_returned, [lead], form.reason.data or "", done=done)
        except Invalid as invalid:
            db.session.rollback()
            form.reason.errors = [invalid.sentence]
            return self._ask(find_lead(lead_id), form, 422)
        return now_at(self.url("index_view", lead_id=lead_id))

    @deed("/take-back", needs=Permission.LEADS_EDIT)
    def take_back(self, lead_id: str) -> Response:
        """Make it accepted again; it can be undone for ten minutes."""
        lead = find_lead(lead_id)
        self.run(leads.take_back, [lead], done=f"{name_of(lead)} is accepted again.")
        return now_at(self.url("index_view", lead_id=lead_id))

    def _ask(self, lead: Lead, form: ReturnForm, status: int = 200) -> Response:
        urls = {
            "url": self.url("mark_returned", lead_id=lead.public_id),
            "cancel_url": self.url("index_view", lead_id=lead.public_id),
        }
        task = {"title": "Mark this lead as returned?", "lead": MEANS, "button": "Mark returned"}
        return self.form_page(
            "task.html", status, head=self._head(lead), task={**task, **urls}, form=form
        )

    def _head(self, lead: Lead) -> dict[str, Any]:
        head = lead_head(lead, {"word": "Leads", "url": url_for("leads.index_view")})
        if may_return(lead):
            url = self.url("ask_return", lead_id=lead.public_id)
            head["primary"] = {"word": "Mark returned…", "url": url}
        elif may_take_back(lead):
            url = self.url("take_back", lead_id=lead.public_id)
            head["primary"] = {"word": "Back to accepted", "url": url, "post": True}
        return head


def _events(lead: Lead) -> list[dict[str, Any]]:
    query = select(AuditEvent).where(AuditEvent.object_id == lead.id)
    events = db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(EVENTS))
    return [
        {
            "who": event.actor_name,
            "what": deed_of(event),
            "at": event.at,
            "icon": icon_of(event),
            "url": address_of(event.public_id),
        }
        for event in events
    ]
