"""Tenants: created and staffed from the command line, their settings edited by their Admins."""

from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from zoneinfo import available_timezones

from sqlalchemy import select

from models import AuditEvent, Membership, Role, Tenant, User, db
from models.base import key_of
from operations import addresses, audit, typed
from operations.currencies import CODES
from operations.refusal import Forbidden, Invalid, Refusal
from operations.role_gifts import check_may_give
from policy import Actor, Permission, command_line, may

LONGEST_NAME = 200
INVITE_DAYS = range(1, 31)
IDLE_MINUTES = range(5, 721)
SUBMISSION_DAYS = range(1, 366)
#: The names people know; the rest ("EST5EDT", "Etc/GMT+3") are old or confusing.
REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@dataclass(frozen=True)
class TenantValues:
    """What an Admin decides for the tenant; None leaves it to the installation."""

    name: str
    time_zone: str
    invite_days: int | None = None
    idle_minutes: int | None = None
    currency: str = "USD"
    submission_days: int | None = None


@cache
def time_zones() -> tuple[str, ...]:
    """List the time zones on offer, by name."""
    named = (zone for zone in available_timezones() if zone.split("/")[0] in REGIONS)
    return ("UTC", *sorted(named))


def find(text: str) -> Tenant | None:
    """Find a tenant by its name, ignoring case, or by its code. Raises Refusal for namesakes."""
    wanted = key_of(text)
    tenants = db.session.scalars(select(Tenant).order_by(Tenant.id))
    found = [tenant for tenant in tenants if wanted in {key_of(tenant.name), tenant.code}]
    if len(found) > 1:
        codes = ", ".join(tenant.code for tenant in found)
        raise Refusal(f"{len(found)} tenants are called “{text}”. Name one by its code: {codes}.")
    return found[0] if found else None


def create(name: str, time_zone: str) -> Tenant:
    """Make a tenant. It has nobody in it yet."""
    values = _checked(TenantValues(name, time_zone))
    tenant = Tenant(name=values.name, time_zone=values.time_zone)
    db.session.add(tenant)
    db.session.flush()
    audit.record(command_line(tenant.id), "tenant.created", name=tenant.name, after=_kept(values))
    return tenant


def staff_member(user: User) -> Membership | None:
    """Find the person among the staff of the session's tenant."""
    return db.session.scalar(
        select(Membership).where(
            Membership.user_id == user.id,
            Membership.partner_id.is_(None),
            Membership.removed_at.is_(None),
        )
    )


def add_staff(actor: Actor, user: User, role: Role) -> Membership:
    """Give a person a place in the tenant's staff."""
    check_may_give(actor, role, in_partner=False)
    if staff_member(user):
        raise Refusal(f"{user.email} works in this tenant already.")
    member = Membership(tenant_id=actor.tenant_id, user=user, role=role)
    db.session.add(member)
    db.session.flush()
    audit.record(actor, "member.added", member, name=user.name, after={"role": role})
    return member


def edit_settings(actor: Actor, tenant: Tenant, wanted: TenantValues) -> AuditEvent | None:
    """Change the tenant's settings. Raises Invalid for what cannot be one."""
    if not may(actor, Permission.SETTINGS_MANAGE) or tenant.id != actor.tenant_id:
        raise Forbidden("Your role does not include the settings.")
    new, old = _kept(_checked(wanted)), _kept(_values(tenant))
    changed = [key for key in new if new[key] != old[key]]
    for key in changed:
        setattr(tenant, key, new[key])
    if not changed:
        return None
    return audit.record(
        actor,
        "settings.edited",
        name=tenant.name,
        before={key: old[key] for key in changed},
        after={key: new[key] for key in changed},
    )


def check_address(email: str) -> str:
    """Give back an address as it is kept. Raises Invalid for what is none."""
    address = typed.email("email", email)
    if addresses.stands_for_another(address):
        raise Invalid("email", f"“{email}” {addresses.AMBIGUOUS}")
    return address


def is_empty() -> bool:
    """Whether this installation has no tenant at all."""
    return db.session.scalar(select(Tenant.id).limit(1)) is None


def _checked(values: TenantValues) -> TenantValues:
    name, zone, code = name_of(values.name), zone_of(values.time_zone), code_of(values.currency)
    if values.invite_days not in {None, *INVITE_DAYS}:
        raise Invalid("invite_days", "Choose from 1 to 30 days.")
    if values.idle_minutes not in {None, *IDLE_MINUTES}:
        raise Invalid("idle_minutes", "Choose from 5 to 720 minutes.")
    if values.submission_days not in {None, *SUBMISSION_DAYS}:
        raise Invalid("submission_days", "Choose from 1 to 365 days.")
    return replace(values, name=name, time_zone=zone, currency=code)


def name_of(text: str) -> str:
    """Read what the tenant is called."""
    return typed.line("name", text, LONGEST_NAME, needed="Give a name.")


def zone_of(text: str) -> str:
    """Read a time zone."""
    if text.strip() not in time_zones():
        raise Invalid("time_zone", "Choose a time zone by its name, such as America/Chicago.")
    return text.strip()


def code_of(text: str) -> str:
    """Read a currency."""
    code = text.strip().upper()
    if code not in CODES:
        raise Invalid("currency", "Choose a currency by its code, such as USD or EUR.")
    return code


def _values(tenant: Tenant) -> TenantValues:
    return TenantValues(**{part.name: getattr(tenant, part.name) for part in fields(TenantValues)})


def _kept(values: TenantValues) -> dict[str, str | int | None]:
    return asdict(values)
