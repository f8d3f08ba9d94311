"""Where an object is shown in the staff panel, found by its public identifier."""

from collections.abc import Callable

from flask import url_for

from models.base import parse_id
from policy import Permission, may
from visitor import actor

#: Kind of identifier: the permission its page needs, and the page's address.
PAGES: dict[str, tuple[Permission, Callable[[str], str]]] = {
    "partner": (
        Permission.PARTNERS_VIEW,
        lambda identifier: url_for("partner.index_view", partner_id=identifier),
    ),
    "source": (
        Permission.SOURCES_VIEW,
        lambda identifier: f"{url_for('sources.index_view')}{identifier}/",
    ),
    "lead": (
        Permission.LEADS_VIEW,
        lambda identifier: url_for("lead.index_view", lead_id=identifier),
    ),
    "submission": (
        Permission.LEADS_VIEW,
        lambda identifier: url_for("submission.index_view", submission_id=identifier),
    ),
    "event": (
        Permission.AUDIT_VIEW,
        lambda identifier: url_for("audit.event", event_id=identifier),
    ),
}


def address_of(public_id: str) -> str | None:
    """Give the address of the object's page, or None where this actor has none to open."""
    prefix = public_id.rpartition("_")[0]
    if prefix not in PAGES or not _is_identifier(prefix, public_id):
        return None
    needs, address = PAGES[prefix]
    return address(public_id) if may(actor(), needs) else None


def _is_identifier(prefix: str, text: str) -> bool:
    try:
        parse_id(prefix, text)
    except ValueError:
        return False
    return True
