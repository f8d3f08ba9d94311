"""The demo's partners: contacts, tags, account managers, some paused, some archived."""

from datetime import datetime

from demo import names
from demo.scene import Scene
from models import Membership, Partner, PartnerStatus, PartnerTag, db

PAUSED, ARCHIVED = frozenset({12, 22}), frozenset({33, 38, 39})
NOTES = (
    "Prefers the phone before noon. Sends a monthly invoice on the 3rd.",
    "Contract renews in March; ask for the volume forecast before.",
    "Complained about slow answers in spring, since then all is well.",
)


def add_partners(scene: Scene) -> None:
    """Take in the partners, one after the other over a year."""
    chosen = names.PARTNERS[: scene.sizes.partners]
    for place, (name, domain) in enumerate(chosen):
        moment = scene.clock.ago(360 - place * 7 - scene.clock.dice.random())
        manager = scene.clock.dice.choice(scene.sides())
        partner = _partner(scene, moment, name, domain, manager if place % 5 else None)
        scene.partners.append(partner)
        _tag(scene, partner, place)
        scene.note(moment, manager, "partner.created", partner, after={"name": name})
        _move(scene, partner, place, manager)
    db.session.flush()


def _partner(
    scene: Scene, moment: datetime, name: str, domain: str, manager: Membership | None
) -> Partner:
    first, family = scene.clock.dice.choice(names.PEOPLE)
    return scene.add(
        Partner,
        moment,
        name=name,
        contact_name=f"{first} {family}",
        contact_email=f"partners@{domain}.example",
        phone=f"+1 312 555 {scene.clock.dice.randint(100, 199):04}",
        website=f"https://www.{domain}.example",
        account_manager_id=manager.id if manager else None,
        notes=scene.clock.dice.choice(NOTES),
        created_at=moment,
    )


def _tag(scene: Scene, partner: Partner, place: int) -> None:
    for tag in scene.clock.dice.sample(names.TAGS, place % 4):
        db.session.add(PartnerTag(tenant_id=scene.tenant.id, partner_id=partner.id, tag=tag))


def _move(scene: Scene, partner: Partner, place: int, by: Membership) -> None:
    if place not in PAUSED | ARCHIVED:
        return
    moment, before = scene.clock.between(15, 2), partner.status or PartnerStatus.ACTIVE
    is_paused = place in PAUSED
    partner.status = PartnerStatus.PAUSED if is_paused else PartnerStatus.ARCHIVED
    scene.stopped[partner.id] = moment, partner.status.value
    kind = "partner.paused" if is_paused else "partner.archived"
    changed = {"before": {"status": before}, "after": {"status": partner.status}}
    scene.note(moment, by, kind, partner, **changed)
