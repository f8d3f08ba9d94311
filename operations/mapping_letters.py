"""Telling a partner's people that the fields of one of their sources have changed."""

import uuid
from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager

from models import Membership, Partner, PartnerStatus, Source, User, db
from operations import outbox

#: A letter says so many differences; the page has them all.
MOST_SAID = 30


def people_of(partner_id: uuid.UUID | None) -> int:
    """Count the people who would be told."""
    found = _people(partner_id).with_only_columns(func.count())
    return db.session.scalar(found.order_by(None)) or 0


def tell(source: Source, partner_id: uuid.UUID | None, number: int, changes: Sequence[str]) -> None:
    """Write to each of the partner's people; nothing where nothing they can see has changed.

    Who published it stays with the tenant.
    """
    if not changes:
        return
    found = _people(partner_id).options(contains_eager(Membership.user))
    for member in db.session.scalars(found):
        outbox.write(
            "mapping_changed",
            member.user,
            partner_id=partner_id,
            source=source.name,
            number=number,
            changes=list(changes[:MOST_SAID]),
            more=max(0, len(changes) - MOST_SAID),
            link=f"/partner/sources/{source.public_id}/mapping/",
        )
    db.session.flush()


def _people(partner_id: uuid.UUID | None) -> Select[Membership]:
    """Partner Admins and Partner Users who can sign in to the partner."""
    return (
        select(Membership)
        .join(User, User.id == Membership.user_id)
        .join(
            Partner,
            (Partner.tenant_id == Membership.tenant_id) & (Partner.id == Membership.partner_id),
        )
        .where(
            Membership.partner_id == partner_id,
            Membership.removed_at.is_(None),
            User.suspended_at.is_(None),
            Partner.status != PartnerStatus.ARCHIVED,
        )
        .order_by(Membership.id)
    )
