"""The demo's invites, in every state: answered, waiting, expired, revoked, never delivered."""

from collections.abc import Callable
from datetime import datetime, timedelta

from demo import names
from demo.people import local_part
from demo.scene import Scene
from models import Invite, Letter, Membership, Partner, PartnerStatus, Role, db
from models.base import new_secret
from operations.sessions import fingerprint

LIFETIME = timedelta(days=7)
REFUSED = (
    "550 5.1.1 The recipient's mailbox does not exist",
    "554 5.7.1 Message refused by policy",
)
#: How many invites of each kind; the first of a kind belong to the first partner.
PLAN = (("pending", 14), ("failed", 3), ("expired", 7), ("declined", 4), ("revoked", 6))
DESKS = ("agency-desk", "ops", "media-buying-team-emea", "finance-and-reconciliation", "partners")


def add_invites(scene: Scene) -> None:
    """Write the invites, those that members accepted included."""
    for member in scene.members:
        _accepted(scene, member)
    closed = PartnerStatus.ARCHIVED
    open_to = [partner for partner in scene.partners if partner.status is not closed]
    number = 0
    for what, count in PLAN:
        for turn in range(count):
            partner = open_to[0 if turn < 2 else (number * 5) % len(open_to)]  # noqa: PLR2004
            _of_kind(scene, what, partner, number)
            number += 1
    db.session.flush()


def _accepted(scene: Scene, member: Membership) -> None:
    sent = member.joined_at - timedelta(hours=scene.clock.dice.randint(1, 70))
    host = next(host for host in scene.staff if host.user_id == member.invited_by_id)
    partner = next(partner for partner in scene.partners if partner.id == member.partner_id)
    invite, _ = _send(scene, host, sent, (member.user.email, member.role), partner)
    invite.accepted_at, invite.accepted_by_id = member.joined_at, member.user_id


def _of_kind(scene: Scene, what: str, partner: Partner, number: int) -> None:
    is_waiting = what in {"pending", "failed"}
    sent = scene.clock.between(6.5, 0.05) if is_waiting else scene.clock.between(70, 12)
    role = Role.PARTNER_ADMIN if number % 5 == 0 else Role.PARTNER_USER
    host = scene.clock.dice.choice(scene.sides())
    email = _address(scene.partners.index(partner), number)
    invite, letter = _send(scene, host, sent, (email, role), partner)
    if what in END:
        END[what](scene, invite, letter, host)


def _address(place: int, number: int) -> str:
    first, family = names.PEOPLE[(number * 7) % len(names.PEOPLE)]
    desk = DESKS[number // 3 % len(DESKS)]
    local = local_part(f"{first} {family}") if number % 3 else desk
    return f"{local}.{number + 1}@{names.PARTNERS[place][1]}.example"


def _send(
    scene: Scene, host: Membership, sent: datetime, offer: tuple[str, Role], partner: Partner
) -> tuple[Invite, Letter]:
    email, role = offer
    left = sent + timedelta(seconds=4)
    letter = scene.add(
        Letter,
        sent,
        kind="invite",
        partner_id=partner.id,
        to_email=email,
        queued_at=sent,
        next_try_at=sent,
        attempts=1,
        claimed_at=left,
        handed_over_at=left,
        sent_at=left,
    )
    db.session.flush()
    invite = scene.add(
        Invite,
        sent,
        email=email,
        role=role,
        partner_id=partner.id,
        letter_id=letter.id,
        token_hash=fingerprint(new_secret()),  # of a token that nobody has
        created_at=sent,
        sent_at=sent,
        sent_by_id=host.id,
        expires_at=sent + LIFETIME,
    )
    scene.note(sent, host, "invite.sent", invite, after={"email": email, "role": role})
    return invite, letter


def _fail(scene: Scene, invite: Invite, letter: Letter, _host: Membership) -> None:
    letter.sent_at, letter.failed_at = None, invite.sent_at + timedelta(minutes=31)
    letter.attempts, letter.answer = 5, scene.clock.dice.choice(REFUSED)


def _decline(scene: Scene, invite: Invite, _letter: Letter, _host: Membership) -> None:
    invite.declined_at = invite.sent_at + timedelta(hours=scene.clock.dice.randint(2, 90))


def _revoke(scene: Scene, invite: Invite, _letter: Letter, host: Membership) -> None:
    invite.revoked_at = invite.sent_at + timedelta(hours=scene.clock.dice.randint(2, 90))
    scene.note(invite.revoked_at, host, "invite.revoked", invite)


END: dict[str, Callable[[Scene, Invite, Letter, Membership], None]] = {
    "failed": _fail,
    "declined": _decline,
    "revoked": _revoke,
}
