"""The page of one lead: what it says, where it came from and what became of it."""

from typing import Any

from flask import abort
from sqlalchemy import select

from admin_views.base import Screen, parsed
from admin_views.lead_words import fields_of, name_of, payout_of, said, state_of
from admin_views.money import money
from admin_views.words import day
from models import Lead, LeadState, Membership, Partner, Source, Submission, User, db
from policy import Permission, may
from visitor import actor


def find_lead(public_id: str) -> Lead:
    """Find a lead of this scope, or answer 404."""
    lead = db.session.scalar(select(Lead).where(Lead.id == parsed(Lead, public_id)))
    return lead if lead is not None else abort(404)


class LeadScreen(Screen):
    """One lead; each panel says where its parts are shown."""

    def show(self, lead: Lead, head: dict[str, Any]) -> Any:
        """Show everything about it that the reader may know."""
        partner = _partner(lead)
        is_returned = state_of(lead) is LeadState.RETURNED
        owed = payout_of(lead, partner)
        return self.render(
            "leads/lead.html",
            head=head,
            lead=lead,
            fields=fields_of(lead),
            extra=[(name, said(value)) for name, value in lead.extra.items()],
            source=db.session.scalar(select(Source).where(Source.id == lead.source_id)),
            partner=partner,
            is_returned=is_returned,
            returned_by=_returned_by(lead) if is_returned and self.actor.is_staff else None,
            day=f"{day(lead.day)} {lead.day.year}",
            payout=money(owed),
            is_left_out=is_returned and owed != lead.payout_cents,
            duplicate_of=_earlier(lead),
            is_kept=_is_kept(lead),
            **self.more(lead),
        )

    def more(self, lead: Lead) -> dict[str, Any]:
        """Name what one panel shows besides, and where things are; each panel answers."""
        raise NotImplementedError


def lead_head(lead: Lead, crumb: dict[str, str]) -> dict[str, Any]:
    """Describe the header for `macros/tabs.html`."""
    return {
        "crumbs": [crumb],
        "name": name_of(lead),
        "state": state_of(lead).value,
        "identifier": lead.public_id,
        "identifier_what": "lead identifier",
        "facts": ["Test lead: counted nowhere"] if lead.is_test else [],
    }


def may_return(lead: Lead) -> bool:
    """Whether the reader may mark it as returned, and it can be."""
    can_be = lead.state is LeadState.ACCEPTED and not lead.is_test
    return can_be and may(actor(), Permission.LEADS_EDIT)


def may_take_back(lead: Lead) -> bool:
    """Whether the reader may make it accepted again, and it can be."""
    return lead.state is LeadState.RETURNED and may(actor(), Permission.LEADS_EDIT)


def _partner(lead: Lead) -> Partner | None:
    return db.session.scalar(select(Partner).where(Partner.id == lead.partner_id))


def _returned_by(lead: Lead) -> str | None:
    query = select(User.name).join(Membership, Membership.user_id == User.id)
    return db.session.scalar(query.where(Membership.id == lead.returned_by_id))


def _earlier(lead: Lead) -> str | None:
    """Name the lead that this repeats, where the reader may see it: it may be another partner's."""
    query = select(Lead).where(Lead.id == lead.duplicate_of_id)
    found = db.session.scalar(query) if lead.duplicate_of_id else None
    return found.public_id if found else None


def _is_kept(lead: Lead) -> bool:
    """Whether the call it came from is still kept."""
    query = select(Submission.id).where(Submission.id == lead.id)
    return db.session.scalar(query) is not None
