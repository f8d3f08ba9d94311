"""What is asked before all members that match are changed or removed."""

from typing import Any

from sqlalchemy import func, select

from admin_views.chosen import Chosen, within_seconds
from admin_views.member_tasks import RoleForm
from models import Invite, Membership, db
from models.invite import pending_invites
from policy import Actor, grantable


def role_form(actor: Actor, member: Membership, data: Any) -> RoleForm:
    """Offer every role that the actor may give where this one of them is."""
    form = RoleForm(data)
    roles = grantable(actor, in_partner=member.role.is_partner_role)
    form.role.choices = [(role.value, role.word) for role in roles]
    return form


def removal(chosen: Chosen) -> dict[str, Any]:
    """Count what removing all of them changes, and ask."""
    return {
        "title": f"Remove {chosen.many}?",
        "lead": "They lose the place at their next click and can be invited again at any time."
        " Their accounts, and any other membership they have, stay.",
        "button": f"Remove {chosen.many}",
        "consequences": within_seconds(lambda: _consequences(chosen)) or [],
    }


def change(chosen: Chosen) -> dict[str, Any]:
    """Ask which role it shall be."""
    return {
        "title": f"Change the role of {chosen.many}",
        "lead": "The new role holds from their next click.",
        "button": "Change role",
        "danger": False,
    }


def _consequences(chosen: Chosen) -> list[tuple[str, int, str]]:
    invites = select(func.count()).select_from(Invite)
    invites = invites.where(chosen.among(Invite.sent_by_id), pending_invites())
    return [
        ("People", chosen.number or 0, "lose access"),
        ("Pending invites", db.session.scalar(invites) or 0, "that they sent are revoked"),
    ]
