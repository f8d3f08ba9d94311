"""What a removal leaves as it is, and what it ends, in words: the lists beside its counts."""

from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup

from admin_views import cells
from admin_views.words import count
from models import Membership
from operations import removal
from operations.removal import Consequences


def stays(members: Sequence[Membership], told: Consequences) -> Iterator[Markup | str]:
    """Say what nobody loses."""
    whose = "Their account" if len(members) == 1 else "Their accounts"
    elsewhere = Markup(", ").join(
        Markup("<strong>{}</strong>").format(cells.person(name))
        for name in dict.fromkeys(_place_name(place) for place in told.elsewhere)
    )
    if elsewhere and len(members) == 1:
        yield Markup("{}, and their membership in {}.").format(whose, elsewhere)
    else:
        yield f"{whose}, and any other membership they have."
    if members[0].role.is_partner_role:
        yield "Sources and their credentials: they belong to the source, not to a person."
    yield "What they did, in the audit trail, under their name."


def _place_name(member: Membership) -> str:
    return member.partner.name if member.partner else "your team"


def issued(told: Consequences) -> Iterator[Markup | str]:
    """Name what they know the secret of, so that it can be rotated."""
    for credential in told.credentials:
        yield Markup("{}, of {}").format(
            cells.person(credential.name), cells.person(credential.source.name)
        )
    yield from _further(told.credentials, told.issued)
    if told.credentials:
        yield "They may know the secrets. Rotate these if they must not send leads any more."


def revoked(told: Consequences) -> Iterator[str]:
    """Name the invites whose links stop working."""
    for invite in told.invites:
        yield f"{invite.email}, {invite.role.word}"
    yield from _further(told.invites, told.invited)


def _further(named: Sequence[Any], number: int) -> Iterator[str]:
    if more := number - len(named):
        yield f"{count(more, capped=number > removal.COUNTED)} more"
