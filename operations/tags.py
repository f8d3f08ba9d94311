"""Tags of partners: rows of their own, read and written for many partners at once."""

import uuid
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import delete, insert, select

from models import Partner, PartnerTag, db
from models.base import new_id


def of(partner: Partner) -> list[str]:
    """List one partner's tags, in order."""
    return of_many([partner.id])[partner.id]


def of_many(partner_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """List the tags of several partners, in one statement."""
    query = select(PartnerTag.partner_id, PartnerTag.tag).where(
        PartnerTag.partner_id.in_(list(partner_ids))
    )
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    for partner_id, tag in db.session.execute(query.order_by(PartnerTag.tag)):
        found[partner_id].append(tag)
    return found


def put(partner: Partner, had: list[str], wanted: list[str]) -> None:
    """Make the partner's tags what is wanted."""
    if gone := set(had) - set(wanted):
        db.session.execute(
            delete(PartnerTag).where(PartnerTag.partner_id == partner.id, PartnerTag.tag.in_(gone))
        )
    add([(partner, tag) for tag in wanted if tag not in had])


def add(pairs: Iterable[tuple[Partner, str]]) -> None:
    """Insert tags, all in one statement."""
    rows = [
        {"tenant_id": partner.tenant_id, "id": new_id(), "partner_id": partner.id, "tag": tag}
        for partner, tag in pairs
    ]
    if rows:
        db.session.execute(insert(PartnerTag), rows)
