"""The demo's second tenant, so that the switcher shows: small, and with the same Admin."""

from demo import names
from demo.scene import Scene
from models import Membership, Partner, Role, Source, SourceStatus, Tenant, db

PARTNERS = ("Keystone Rate Finder", "Harborlight Home Loans", "Öresund Bolån & Partners AB")


def add_neighbour(scene: Scene) -> None:
    """Open the second tenant with a few partners and sources."""
    name, zone = names.OTHER_TENANT
    tenant = Tenant(name=name, time_zone=zone, created_at=scene.clock.ago(90))
    db.session.add(tenant)
    db.session.flush()
    admin = scene.users[names.DOORS[0][1]]
    joined = scene.clock.ago(90)
    scene.add(
        Membership,
        joined,
        tenant_id=tenant.id,
        user=admin,
        role=Role.ADMIN,
        joined_at=joined,
    )
    for place, partner in enumerate(PARTNERS):
        _add_partner(scene, tenant, partner, 80 - place * 9)
    db.session.flush()


def _add_partner(scene: Scene, tenant: Tenant, name: str, age: float) -> None:
    moment = scene.clock.ago(age)
    partner = scene.add(Partner, moment, tenant_id=tenant.id, name=name, created_at=moment)
    db.session.flush()
    scene.add(
        Source,
        moment,
        tenant_id=tenant.id,
        name=f"{name.split(maxsplit=1)[0]} - Mortgage refinance Form",
        vertical="Mortgage refinance",
        status=SourceStatus.LIVE,
        partner_id=partner.id,
        created_at=moment,
    )
