"""What is asked before members are changed or removed: the words, the counts, the forms."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from wtforms import Form, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from admin_views import cells
from admin_views.frame import zone
from admin_views.removal_words import issued, revoked, stays
from admin_views.undo_words import undo_note
from admin_views.words import counted, day
from models import Membership, Role
from operations import last_admin
from operations import removal as removals
from operations.devices import device
from operations.removal import NAMED, Consequences
from policy import Actor, grantable
from visitor import settings


@dataclass(frozen=True)
class PlaceWords:
    """What the place is called: by its name, and in passing (“this partner”)."""

    full: str
    short: str


class ReasonForm(Form):
    """Why a partner is left without a Partner Admin; asked only where that happens."""

    reason = TextAreaField(
        "Reason",
        [Length(max=500)],
        description="Kept in the audit trail.",
        render_kw={"rows": 2, "maxlength": 500},
    )


class RoleForm(ReasonForm):
    """Another role."""

    role = RadioField("Role", [InputRequired("Choose a role.")])


def roles_for(actor: Actor, members: Sequence[Membership]) -> list[Role]:
    """List the roles that would change something; none where staff and partner people mix."""
    places = {member.role.is_partner_role for member in members}
    if len(places) > 1:
        return []
    offered = grantable(actor, in_partner=places.pop())
    kept = {member.role for member in members}
    return offered if len(kept) > 1 else [role for role in offered if role not in kept]


def role_form(actor: Actor, members: Sequence[Membership], data: Any) -> RoleForm:
    """Offer these members' other roles."""
    form = RoleForm(data)
    roles = roles_for(actor, members)
    form.role.choices = [(role.value, role.word) for role in roles]
    if data is None and len(roles) == 1:
        form.role.data = roles[0].value
    return form


def named(members: Sequence[Membership]) -> str:
    """Name one person; count several."""
    return members[0].user.name if len(members) == 1 else f"{len(members)} people"


def removal(
    actor: Actor,
    members: Sequence[Membership],
    place: PlaceWords,
    form: ReasonForm,
    urls: tuple[str, str],
) -> dict[str, Any]:
    """Count what a removal changes, and ask."""
    told = removals.consequences(members, settings())
    many = len(members) > 1
    is_self = any(member.id == actor.membership_id for member in members)
    stuck = _stuck(actor, told.bereft)
    return _task(members, urls) | {
        "title": _question(Markup("Remove {} from {}?"), members, place),
        "lead": _lead(members, place, is_self=is_self),
        "button": "" if stuck else _button(len(members), told.invited),
        "cancel": "Keep them" if many else "Keep user",
        "note": "" if stuck or many or is_self else undo_note(),
        "danger": True,
        "consequences": list(_tiles(members, told)),
        "sides": [
            {"title": "What stays", "items": list(stays(members, told))},
            {"title": "Invites that are revoked", "items": list(revoked(told))},
            {"title": "Credentials they issued, which stay", "items": list(issued(told))},
        ],
        "stuck": stuck,
        "warning": _warning(told.bereft, stuck),
        "form": form,
        "fields": _reason_needed(told.bereft, stuck),
        "failed": "Nobody was removed.",
    }


def change(
    actor: Actor,
    members: Sequence[Membership],
    place: PlaceWords,
    form: RoleForm,
    urls: tuple[str, str],
) -> dict[str, Any]:
    """Ask which role it shall be."""
    bereft = last_admin.without_another(members)
    stuck = _stuck(actor, bereft)
    return _task(members, urls) | {
        "title": _question(Markup("Change the role of {} in {}"), members, place),
        "lead": f"{_who(members)}. The new role holds from their next click.",
        "button": "" if stuck else "Change role",
        "cancel": "Cancel",
        "stuck": stuck,
        "warning": _warning(bereft, stuck),
        "form": form,
        "fields": [] if stuck else ["role", *_reason_needed(bereft, stuck)],
        "helps": {"role": {role.value: role.purpose for role in Role}},
        "failed": "No role was changed.",
    }


def _task(members: Sequence[Membership], urls: tuple[str, str]) -> dict[str, Any]:
    return {"ids": [m.public_id for m in members], "url": urls[0], "cancel_url": urls[1]}


def _question(sentence: Markup, members: Sequence[Membership], place: PlaceWords) -> Markup:
    return sentence.format(cells.person(named(members)), cells.person(place.full))


def _who(members: Sequence[Membership]) -> str:
    if len(members) > 1:
        return ", ".join(member.user.name for member in members)
    [member] = members
    local = member.joined_at.astimezone(zone())
    return f"{member.user.email}, {member.role.word} since {day(local)} {local.year}"


def _lead(members: Sequence[Membership], place: PlaceWords, *, is_self: bool) -> str:
    if is_self:  # there is no page left to undo it from
        this = "This is you" if len(members) == 1 else "You are one of them"
        lost = f"{_who(members)}. {this}: you lose {place.short} at your next click"
        return f"{lost}, and somebody else has to invite you again."
    return (
        f"{_who(members)}. They lose {place.short} at their next click"
        " and can be invited again at any time."
    )


def _button(people: int, invites: int) -> str:
    who = "Remove user" if people == 1 else f"Remove {people} users"
    noun = "invite" if invites == 1 else "invites"
    return f"{who} and revoke {_how_many(invites)} {noun}" if invites else who


def _how_many(invites: int) -> str:
    return counted(invites, removals.COUNTED)


def _stuck(actor: Actor, bereft: Sequence[Membership]) -> str:
    """Say why it cannot be done at all, or nothing."""
    for member in bereft:
        if member.partner_id is None:
            return f"{member.user.name} is the last Admin. Make somebody else Admin first."
        if not actor.is_staff:
            return f"{member.user.name} is the last Partner Admin. Make somebody else one first."
    return ""


def _warning(bereft: Sequence[Membership], stuck: str) -> str:
    """Say what it means that a partner keeps no Partner Admin, and that a reason is asked."""
    if not bereft or stuck:
        return ""
    partners = len({member.partner_id for member in bereft})
    which = "The partner is" if partners == 1 else f"{partners} partners are"
    return (
        f"{which} left without a Partner Admin: nobody there could invite people or rotate keys."
        " Say why."
    )


def _reason_needed(bereft: Sequence[Membership], stuck: str) -> list[str]:
    return ["reason"] if bereft and not stuck else []


def _tiles(
    members: Sequence[Membership], told: Consequences
) -> Iterator[tuple[str, int | str, str]]:
    on = ", ".join(dict.fromkeys(device(session.device) for session in told.sessions))
    yield "Sessions that lose access", len(told.sessions), on
    note = "their links stop working now" if told.invited else ""
    yield "Pending invites revoked", _how_many(told.invited), note
    admin = Role.PARTNER_ADMIN if members[0].role.is_partner_role else Role.ADMIN
    names = ", ".join(dict.fromkeys(left.user.name for left in told.admins_left[:NAMED]))
    yield f"{admin.word}s left", len(told.admins_left), names
    if admin is Role.PARTNER_ADMIN:
        yield "Sources that stay", told.sources, "with their credentials" if told.sources else ""
    else:
        note = "until you choose another account manager" if told.manages else ""
        yield "Partners they manage", counted(told.manages), note
