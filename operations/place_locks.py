"""Places: the tenant and partners that something is about to change in, locked in one order."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from models import Membership, Partner, PartnerStatus, Tenant, db, now
from operations.refusal import Refusal
from policy import Actor


@dataclass(frozen=True)
class HeldPartner:
    """What a partner is called and whether it is open, read under the lock."""

    name: str
    status: PartnerStatus


@dataclass(frozen=True)
class HeldPlaces:
    """A tenant, and those of its partners that matter here."""

    tenant: Tenant
    partners: dict[uuid.UUID, HeldPartner]

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


def lock_places(actor: Actor, members: Sequence[Membership]) -> HeldPlaces:
    """Let one change at a time decide who is Admin of these members' places.

    Counting and then updating is a race under READ COMMITTED, so the place's own row is taken
    first, in one order for everybody (FOR NO KEY UPDATE: what refers to it may come in meanwhile);
    SQLite has let this transaction in alone anyway (BEGIN IMMEDIATE).
    """
    tenant = select(Tenant).where(Tenant.id == actor.tenant_id)
    if any(member.partner_id is None for member in members):
        tenant = tenant.with_for_update(key_share=True)
    locked = db.session.scalars(tenant).one()
    return HeldPlaces(locked, lock_partners(member.partner_id for member in members))


def check_open(partner: Partner | HeldPartner) -> None:
    """Refuse to give sources to a partner that is archived."""
    if partner.status is PartnerStatus.ARCHIVED:
        raise Refusal(f"{partner.name} is archived and takes no sources. Restore it first.")


def lock_partners(ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, HeldPartner]:
    """Hold these partners' rows until the end, before anything of theirs is changed.

    Whoever changes whose a source or a member is comes here first: the database counts them in
    the partner's row (models/partner_counts.py), and two who hold rows in different orders would
    wait for each other. So does the worker when it counts (operations/partner_figures.py). What is
    told of the partners is true until the transaction ends.
    """
    wanted = {identifier for identifier in ids if identifier is not None}
    if not wanted:
        return {}
    partners = (
        select(Partner.id, Partner.name, Partner.status)
        .where(Partner.id.in_(wanted))
        .order_by(Partner.tenant_id, Partner.id)
        .with_for_update(key_share=True)
    )
    return {row.id: HeldPartner(row.name, row.status) for row in db.session.execute(partners)}
