"""Places: the tenant and partners that some members belong to, locked while Admins are counted."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from models import Membership, Partner, Tenant, db, now
from policy import Actor


@dataclass(frozen=True)
class Places:
    """A tenant, and those of its partners that matter here."""

    tenant: Tenant
    partners: dict[uuid.UUID, Partner]

    def name_of(self, member: Membership) -> str:
        """What people call the place this member belongs to."""
        if member.partner_id is None:
            return self.tenant.name
        return self.partners[member.partner_id].name

    def facts(self, actor: Actor, member: Membership) -> dict[str, str | None]:
        """What a letter to this member says of the place, and of who changed it.

        Partner people know staff as the tenant, without an address.
        """
        hidden = actor.is_staff and member.partner_id is not None
        return {
            "tenant": self.tenant.name,
            "partner": self.name_of(member) if member.partner_id is not None else None,
            "actor": self.tenant.name if hidden else actor.name,
            "actor_email": "" if hidden else actor.email,
            "when": now().isoformat(),
        }


def lock_places(actor: Actor, members: Sequence[Membership]) -> Places:
    """Let one change at a time decide who is Admin of these members' places.

    Counting and then updating is a race under READ COMMITTED, so the place's own row is taken
    first, in one order for everybody. The lock leaves newcomers alone (FOR NO KEY UPDATE);
    SQLite has let this transaction in alone anyway (BEGIN IMMEDIATE).
    """
    wanted = {member.partner_id for member in members if member.partner_id is not None}
    tenant = select(Tenant).where(Tenant.id == actor.tenant_id)
    if any(member.partner_id is None for member in members):
        tenant = tenant.with_for_update(key_share=True)
    partners = (
        select(Partner)
        .where(Partner.id.in_(wanted))
        .order_by(Partner.id)
        .with_for_update(key_share=True)
    )
    locked = db.session.scalars(tenant).one()
    found = db.session.scalars(partners).all() if wanted else []
    return Places(locked, {partner.id: partner for partner in found})
