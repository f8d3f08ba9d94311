"""Who may do what, and who may grant which role: the one table, asked by every page and deed."""

import uuid
from dataclasses import dataclass
from enum import StrEnum

from models import Membership, Role


class Permission(StrEnum):
    """What a page or deed needs."""

    PANEL_OPEN = "panel.open"
    PARTNERS_VIEW = "partners.view"
    PARTNERS_EDIT = "partners.edit"
    PARTNERS_EDIT_CONTACT = "partners.edit_contact"
    PARTNERS_PREVIEW = "partners.preview"
    SOURCES_VIEW = "sources.view"
    METRICS_VIEW = "metrics.view"
    SOURCES_EDIT = "sources.edit"
    SOURCES_ASSIGN = "sources.assign"
    SOURCES_CREDENTIALS = "sources.credentials"
    SOURCES_SPEC = "sources.spec"
    USERS_VIEW = "users.view"
    USERS_EDIT = "users.edit"
    INVITES_VIEW = "invites.view"
    INVITES_SEND = "invites.send"
    INVITES_COPY_LINK = "invites.copy_link"
    LEADS_VIEW = "leads.view"
    LEADS_EDIT = "leads.edit"
    AUDIT_VIEW = "audit.view"
    TEAM_MANAGE = "team.manage"
    SETTINGS_MANAGE = "settings.manage"


# Staff work in the whole tenant; partner people only in their own partner (models/tenancy.py).
# "x" may, "own" may within the own partner, "-" may not.
_COLUMNS = (
    Role.ADMIN,
    Role.CUSTOMER_SUPPORT,
    Role.SALES,
    Role.DATA_VALIDATION,
    Role.PARTNER_ADMIN,
    Role.PARTNER_USER,
)
TABLE = """
permission             Admin  Support  Sales  Validation  PartnerAdmin  PartnerUser
panel.open             x      x        x      x           own           own
partners.view          x      x        x      -           own           own
partners.edit          x      x        -      -           -             -
partners.edit_contact  x      x        -      -           own           -
partners.preview       x      x        x      -           -             -
sources.view           x      x        x      -           own           own
metrics.view           x      x        x      -           own           own
sources.edit           x      x        -      -           -             -
sources.assign         x      x        -      -           -             -
sources.credentials    x      -        -      -           own           -
sources.spec           x      x        x      -           own           own
users.view             x      x        x      -           own           -
users.edit             x      x        -      -           own           -
invites.view           x      x        x      -           own           -
invites.send           x      x        x      -           own           -
invites.copy_link      x      x        x      -           -             -
leads.view             x      x        x      x           own           own
leads.edit             x      x        -      x           -             -
audit.view             x      -        -      -           own           -
team.manage            x      -        -      -           -             -
settings.manage        x      -        -      -           -             -
"""


def _read(table: str) -> dict[Role, frozenset[Permission]]:
    rows = [line.split() for line in table.strip().splitlines()[1:]]
    return {
        role: frozenset(Permission(row[0]) for row in rows if row[column] != "-")
        for column, role in enumerate(_COLUMNS, start=1)
    }


GRANTS = _read(TABLE)
#: The endpoints that nobody has to be signed in for. Any other needs a declared permission,
#: or answers 404 (guard.py): a page that somebody forgot is closed.
PUBLIC = frozenset(
    {
        "accept_invite.accept",
        "accept_invite.decline",
        "accept_invite.show",
        "accept_invite.sign_out",
        "front.healthz",
        "front.home",
        "front.readyz",
        "intake.document",
        "intake.lead",
        "intake.leads",
        "password_reset.forgot",
        "password_reset.reset",
        "password_reset.set_password",
        "sign_in.login",
        "sign_in.logout",
        "specification.show",
        "static",
    }
)
#: What may be done while looking at a partner's panel as its people see it: looking.
READ_ONLY = frozenset(
    permission
    for permission in Permission
    if permission.endswith(".view") or permission is Permission.PANEL_OPEN
)


@dataclass(frozen=True)
class Actor:
    """Who acts: a member at work, or the command line where `membership_id` is empty."""

    name: str
    email: str
    tenant_id: int
    role: Role
    membership_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    partner_id: uuid.UUID | None = None
    address: str = ""
    #: In a preview: the role of whoever looks, beyond which the preview shows nothing.
    own_role: Role | None = None
    is_preview: bool = False
    #: Whether the partner is paused: its people can read, and change nothing.
    is_paused: bool = False
    #: The job that works for this person, if it is not the person themselves.
    job_id: uuid.UUID | None = None

    @property
    def is_staff(self) -> bool:
        """Whether this is one of the tenant's own people."""
        return not self.role.is_partner_role


def may(actor: Actor, permission: Permission) -> bool:
    """Whether this actor's role, as it is on this request, includes the permission."""
    if only_looks(actor) and permission not in READ_ONLY:
        return False
    if actor.own_role is not None and permission not in GRANTS[actor.own_role]:
        return False
    return permission in GRANTS[actor.role]


def only_looks(actor: Actor) -> bool:
    """Whether the actor can change nothing here, whatever the role includes."""
    return actor.is_preview or actor.is_paused


def may_grant(actor: Actor, role: Role) -> bool:
    """Whether the actor may give this role: it must not hold more than the actor's own."""
    return not only_looks(actor) and GRANTS[role] <= GRANTS[actor.role]


def beyond(role: Role) -> list[Role]:
    """List the roles that hold more than this one, which it cannot give."""
    return [other for other in _COLUMNS if not GRANTS[other] <= GRANTS[role]]


def may_change(actor: Actor, member: Membership) -> bool:
    """Whether the actor may change or remove this member; the target's role counts too."""
    needed = Permission.USERS_EDIT if member.role.is_partner_role else Permission.TEAM_MANAGE
    return may(actor, needed) and may_grant(actor, member.role)


def grantable(actor: Actor, *, in_partner: bool) -> list[Role]:
    """List the roles this actor may give, the smallest first: partner roles, or staff roles."""
    roles = [role for role in reversed(_COLUMNS) if role.is_partner_role == in_partner]
    return [role for role in roles if may_grant(actor, role)]


def command_line(tenant_id: int) -> Actor:
    """Describe whoever runs a command on the server: an Admin of the tenant it names."""
    return Actor(name="Command line", email="", tenant_id=tenant_id, role=Role.ADMIN)
