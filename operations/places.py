"""Places: the tenants and partners that a person may enter, one for each membership."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select

from models import Membership, Partner, PartnerStatus, Tenant, User, across_tenants, db
from policy import Actor


@dataclass(frozen=True)
class Place:
    """One membership with what its panel is called."""

    membership: Membership
    tenant: Tenant
    partner: Partner | None

    @property
    def name(self) -> str:
        """What the switcher calls it."""
        return self.partner.name if self.partner else self.tenant.name

    def actor(self, user: User, address: str) -> Actor:
        """Describe who `user` is when working here."""
        return Actor(
            name=user.name,
            email=user.email,
            tenant_id=self.tenant.id,
            role=self.membership.role,
            membership_id=self.membership.id,
            user_id=user.id,
            partner_id=self.membership.partner_id,
            address=address,
            is_paused=self.partner is not None and self.partner.status is PartnerStatus.PAUSED,
        )


def places_of(user: User) -> list[Place]:
    """List the places that a person may enter."""
    theirs = select(Membership, Tenant, Partner).where(
        Membership.user_id == user.id, Membership.removed_at.is_(None)
    )
    with across_tenants(db.session):
        return places(db.session.execute(with_places(theirs)).all())


def with_places(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Join what a membership is in; staff places come first."""
    in_partner = and_(
        Partner.tenant_id == Membership.tenant_id, Partner.id == Membership.partner_id
    )
    return (
        query.outerjoin(Tenant, Tenant.id == Membership.tenant_id)
        .outerjoin(Partner, in_partner)
        .order_by(Membership.partner_id.is_not(None), Membership.id)
    )


def places(rows: Sequence[Any]) -> list[Place]:
    """Leave out archived partners here: in the statement they would take the session along."""
    return [
        Place(membership, tenant, partner)
        for membership, tenant, partner in rows
        if membership and not (partner and partner.status is PartnerStatus.ARCHIVED)
    ]
