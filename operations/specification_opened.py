"""Opening a specification link: what its token shows to whoever holds it, without signing in."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models import Source, SpecificationLink, Tenant, db
from models.specification_link import SpecificationLinkState
from operations import links, sessions, specification_links


@dataclass(frozen=True)
class Shown:
    """What a link opens, or what it opened once."""

    link: SpecificationLink
    source: Source
    tenant: Tenant
    #: Whom the link was meant for; empty where it is for no partner in particular.
    partner_id: uuid.UUID | None

    @property
    def is_open(self) -> bool:
        """Whether it shows the page: it is alive, and the source is still with that partner."""
        is_theirs = self.partner_id in {None, self.source.partner_id}
        is_alive = self.link.state is SpecificationLinkState.LIVE
        return is_alive and is_theirs and self.source.deleted_at is None


def find(token: str) -> Shown | None:
    """Find what a link shows. From here on this session sees the link's tenant only."""
    tenant = links.enter_tenant(token)
    if tenant is None:
        return None
    row = db.session.execute(
        select(SpecificationLink, specification_links.meant_for())
        .where(SpecificationLink.token_hash == sessions.fingerprint(token))
        .options(joinedload(SpecificationLink.source).joinedload(Source.partner))
    ).first()
    return Shown(row[0], row[0].source, tenant, row[1]) if row else None
