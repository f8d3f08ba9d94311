"""Deeds over all partners, sources or leads that match."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select

from models import Lead, LeadState, Partner, PartnerStatus, Source, db
from models.assignment import Credit
from operations import assignments, details, leads, partner_bulk, tags
from operations.bulk_deed import ALREADY, Deed, Left, Terms, identifier
from operations.place_locks import check_open
from policy import Actor, Permission


def _pause(actor: Actor, rows: Sequence[Partner], _terms: Terms) -> object:
    return partner_bulk.pause_all(actor, rows)


def _left_unpaused(_actor: Actor, rows: Sequence[Partner], _terms: Terms) -> Left:
    words = {PartnerStatus.PAUSED: ALREADY, PartnerStatus.ARCHIVED: "It is archived."}
    return {row.id: words[row.status] for row in rows if row.status in words}


def _set_manager(actor: Actor, rows: Sequence[Partner], terms: Terms) -> object:
    return partner_bulk.set_manager(actor, rows, identifier(terms["manager"]))


def _left_managed(_actor: Actor, rows: Sequence[Partner], terms: Terms) -> Left:
    wanted = identifier(terms["manager"])
    return {row.id: ALREADY for row in rows if row.account_manager_id == wanted}


def _add_tag(actor: Actor, rows: Sequence[Partner], terms: Terms) -> object:
    return partner_bulk.add_tag(actor, rows, terms["tag"])


def _left_untagged(_actor: Actor, rows: Sequence[Partner], terms: Terms) -> Left:
    had, tag = tags.of_many([row.id for row in rows]), details.tag(terms["tag"], "tag")
    full = f"It has {details.MOST_TAGS} tags, which is the most."
    left = {key: full for key, has in had.items() if len(has) >= details.MOST_TAGS}
    return left | {key: ALREADY for key, has in had.items() if tag in has}


def _assign(actor: Actor, rows: Sequence[Source], terms: Terms) -> object:
    since = date.fromisoformat(terms["since"]) if terms.get("since") else None
    credit = Credit(terms.get("credit", Credit.LEAVE))
    return assignments.assign(actor, _partner(terms), rows, credit, since)


def _left_unassigned(_actor: Actor, rows: Sequence[Source], terms: Terms) -> Left:
    wanted = _open_partner(terms).id
    other = "It is with a partner already; move it instead."
    taken = [row for row in rows if row.partner_id is not None]
    return _deleted(rows) | {r.id: ALREADY if r.partner_id == wanted else other for r in taken}


def _move(actor: Actor, rows: Sequence[Source], terms: Terms) -> object:
    return assignments.move(actor, _partner(terms), rows)


def _left_unmoved(_actor: Actor, rows: Sequence[Source], terms: Terms) -> Left:
    words = {_open_partner(terms).id: ALREADY, None: "It is not assigned to a partner."}
    stay = {row.id: words[row.partner_id] for row in rows if row.partner_id in words}
    return stay | _deleted(rows)


def _unassign(actor: Actor, rows: Sequence[Source], _terms: Terms) -> object:
    return assignments.unassign(actor, rows)


def _left_assigned(_actor: Actor, rows: Sequence[Source], _terms: Terms) -> Left:
    return {row.id: ALREADY for row in rows if row.partner_id is None}


def _deleted(rows: Iterable[Source]) -> Left:
    return {row.id: "It was deleted." for row in rows if row.deleted_at}


def _open_partner(terms: Terms) -> Partner:
    """Find the partner that receives them. Raises Refusal, for all rows, where it takes none."""
    partner = _partner(terms)
    check_open(partner)
    return partner


def _partner(terms: Terms) -> Partner:
    query = select(Partner).where(Partner.id == identifier(terms["partner"]))
    return db.session.scalars(query).one()


def _return(actor: Actor, rows: Sequence[Lead], terms: Terms) -> object:
    return leads.mark_returned(actor, rows, terms["reason"])


def _left_unreturned(_actor: Actor, rows: Sequence[Lead], _terms: Terms) -> Left:
    words = {LeadState.RETURNED: ALREADY, LeadState.DUPLICATE: "It is a duplicate."}
    left = {row.id: words[row.state] for row in rows if row.state in words}
    return left | {
        row.id: "It is a test lead, which counts nowhere." for row in rows if row.is_test
    }


def _take_back(actor: Actor, rows: Sequence[Lead], _terms: Terms) -> object:
    return leads.take_back(actor, rows)


def _left_returned(_actor: Actor, rows: Sequence[Lead], _terms: Terms) -> Left:
    words = {LeadState.ACCEPTED: ALREADY, LeadState.DUPLICATE: "It is a duplicate."}
    return {row.id: words[row.state] for row in rows if row.state in words}


PARTNERS = (("partner", "partners"), Partner, Permission.PARTNERS_EDIT)
SOURCES = (("source", "sources"), Source, Permission.SOURCES_ASSIGN)
LEADS = (("lead", "leads"), Lead, Permission.LEADS_EDIT)
DEEDS: dict[str, Deed] = {
    "partners.pause": Deed("Pausing partners", *PARTNERS, _pause, _left_unpaused),
    "partners.set_manager": Deed(
        "Setting the account manager", *PARTNERS, _set_manager, _left_managed
    ),
    "partners.add_tag": Deed("Adding a tag", *PARTNERS, _add_tag, _left_untagged),
    "sources.assign": Deed("Assigning sources", *SOURCES, _assign, _left_unassigned),
    "sources.move": Deed("Moving sources", *SOURCES, _move, _left_unmoved),
    "sources.unassign": Deed("Unassigning sources", *SOURCES, _unassign, _left_assigned),
    "leads.return": Deed("Marking leads as returned", *LEADS, _return, _left_unreturned),
    "leads.take_back": Deed("Taking leads back to accepted", *LEADS, _take_back, _left_returned),
}
