"""The demo's people: staff one can sign in as and others, and the users of each partner."""

import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta

from demo import names
from demo.scene import Scene
from models import Membership, Partner, Role, Tenant, User, db

#: Partners by their place in the list: nobody there may manage it.
WITHOUT_ADMIN = frozenset({8, 29})
AT_ACME = 8
SOON_AFTER = timedelta(days=4)
LATIN = [pair for pair in names.PEOPLE if ord(pair[0][0]) < 0x250]  # noqa: PLR2004 - end of Latin


def add_staff(scene: Scene) -> None:
    """Open the tenant, and let in who works there."""
    name, zone = names.TENANT
    scene.tenant = Tenant(name=name, time_zone=zone, created_at=scene.clock.ago(420))
    db.session.add(scene.tenant)
    db.session.flush()
    doors = [door for door in names.DOORS if not Role(door[2]).is_partner_role]
    for full_name, email, role in [*doors, *names.STAFF]:
        joined = scene.clock.between(400, 380)
        user = scene.person(full_name, email, joined)
        scene.staff.append(_place(scene, user, Role(role), joined))
    for member in scene.staff[: len(doors)]:
        scene.open_door(member.user, member.role)
    db.session.flush()


def add_users(scene: Scene) -> None:
    """Let in the people of every partner."""
    strangers = _strangers()
    for name, email, role in names.DOORS:
        if Role(role).is_partner_role:
            _join(scene, scene.person(name, email, scene.clock.ago(340)), Role(role), 0)
            scene.open_door(scene.users[email], Role(role))
    # One person in two partners, so that the partner panel's switcher shows.
    _join(scene, scene.users["partner-admin@demo.example"], Role.PARTNER_USER, 1)
    for place in _places(scene):
        full_name, local = next(strangers)
        email = f"{local}@{names.PARTNERS[place][1]}.example"
        user = scene.person(full_name, email, scene.clock.between(290, 20))
        _join(scene, user, _role(scene, place), place)
    db.session.flush()


def _places(scene: Scene) -> list[int]:
    """Decide where each person works: first one for everybody, then more for the large ones."""
    free = scene.sizes.people - len(scene.users)
    partners = len(scene.partners)
    places = [*range(partners), *[0] * AT_ACME]
    places += [scene.clock.dice.randrange(partners) for _ in range(free)]
    return places[:free]


def _role(scene: Scene, place: int) -> Role:
    partner = scene.partners[place]
    has_admin = any(
        member.partner_id == partner.id and member.role is Role.PARTNER_ADMIN
        for member in scene.members
    )
    is_user = has_admin or place in WITHOUT_ADMIN
    return Role.PARTNER_USER if is_user else Role.PARTNER_ADMIN


def _join(scene: Scene, user: User, role: Role, place: int) -> None:
    partner, host = scene.partners[place], scene.clock.dice.choice(scene.sides())
    joined = max(user.created_at, partner.created_at + SOON_AFTER)
    member = _place(scene, user, role, joined, partner)
    member.invited_by_id = host.user_id
    scene.members.append(member)
    scene.note(joined, member, "invite.accepted", None, name=user.email, partner_id=partner.id)


def _place(
    scene: Scene, user: User, role: Role, joined: datetime, partner: Partner | None = None
) -> Membership:
    is_quiet = scene.clock.dice.random() < 0.1  # noqa: PLR2004 - some never came
    return scene.add(
        Membership,
        joined,
        user=user,
        user_id=user.id,
        role=role,
        partner_id=partner.id if partner else None,
        joined_at=joined,
        last_active_at=None if is_quiet else scene.clock.between(20, 0),
    )


def _strangers() -> Iterator[tuple[str, str]]:
    """Name people without end: those of the list first, then first and family names mixed."""
    for first, family in names.PEOPLE:
        yield f"{first} {family}", local_part(f"{first} {family}")
    for shift in range(1, len(LATIN)):
        for place, (first, _) in enumerate(LATIN):
            name = f"{first} {LATIN[(place + shift) % len(LATIN)][1]}"
            yield name, local_part(name)


def local_part(name: str) -> str:
    """Write a name as it would stand in an address."""
    if name in names.LOCAL_PARTS:
        return names.LOCAL_PARTS[name]
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    first, family = plain.split()[0], plain.split()[-1]
    return f"{first}.{''.join(filter(str.isalpha, family))}"
