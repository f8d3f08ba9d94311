"""Tags of partners: rows of their own, read and written for many partners at once."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ScalarSelect, delete, func, insert, select

from models import Partner, PartnerTag, db
from models.base import new_id

#: Stands between two tags where the database joins them; no tag holds it.
BETWEEN = "\x1f"


def joined() -> ScalarSelect[Any]:
    """Select the tags of the partner in each row, as one text that `parted` takes apart."""
    return (
        select(func.aggregate_strings(PartnerTag.tag, BETWEEN))
        .where(PartnerTag.tenant_id == Partner.tenant_id, PartnerTag.partner_id == Partner.id)
        .correlate(Partner)
        .scalar_subquery()
    )


def parted(text: str | None) -> list[str]:
    """List the tags that were joined, in order."""
    return sorted(text.split(BETWEEN)) if text else []


def of(partner: Partner) -> list[str]:
    """List one partner's tags, in order."""
    return of_many([partner.id])[partner.id]


def of_many(partner_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """List the tags of several partners, each in order, in one statement.

    Put in order here: SQLite would read everybody's tags in order to find these.
    """
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    if ids := list(partner_ids):
        query = select(PartnerTag.partner_id, PartnerTag.tag).where(PartnerTag.partner_id.in_(ids))
        for partner_id, tag in sorted(db.session.execute(query).all()):
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
