"""What the demo has made so far, and how its rows and events come to be in the order of time."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from config import Settings
from demo.clock import Clock
from models import Base, Membership, Partner, Role, Source, Tenant, User, db
from models.base import new_secret
from operations import passwords
from policy import Actor

Row = TypeVar("Row", bound=Base)
#: Without letters and digits that look alike.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass
class Door:
    """Somebody one can sign in as."""

    email: str
    password: str
    role: str


@dataclass
class Note:
    """An event to record: when, who, what, on which object."""

    moment: datetime
    actor: Actor
    kind: str
    subject: Any
    parts: dict[str, Any]


@dataclass(frozen=True)
class Sizes:
    """How much the demo holds."""

    partners: int = 40
    sources: int = 120
    people: int = 90
    #: Of leads.
    days: int = 90


@dataclass
class Scene:
    """The rows so far; each step of the demo adds its own."""

    clock: Clock
    settings: Settings
    sizes: Sizes = field(default_factory=Sizes)
    tenant: Tenant = field(default_factory=Tenant)
    doors: list[Door] = field(default_factory=list)
    users: dict[str, User] = field(default_factory=dict)
    staff: list[Membership] = field(default_factory=list)
    partners: list[Partner] = field(default_factory=list)
    #: The partners that were paused or archived: when, and which of both.
    stopped: dict[uuid.UUID | None, tuple[datetime, str]] = field(default_factory=dict)
    members: list[Membership] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    callers: list[Any] = field(default_factory=list)
    #: Recorded at the end, in the order of time.
    notes: list[Note] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Nobody knows it: these people are there to be looked at, not to sign in.
        self.closed = passwords.hashed(new_secret(), self.settings)

    def add(self, table: type[Row], moment: datetime, **values: Any) -> Row:  # noqa: ANN401
        """Make a row of the tenant as of a moment."""
        values.setdefault("tenant_id", self.tenant.id)
        row = table(id=self.clock.id_at(moment), **values)
        db.session.add(row)
        db.session.flush()  # in this order: the models tell the session of no order of their own
        return row

    def person(self, name: str, email: str, moment: datetime) -> User:
        """Make an account that nobody can sign in to."""
        user = User(
            id=self.clock.id_at(moment),
            email=email,
            name=name,
            password_hash=self.closed,
            created_at=moment,
        )
        db.session.add(user)
        self.users[email] = user
        return user

    def open_door(self, user: User, role: Role) -> None:
        """Give an account a password, and keep it for `demo.json`."""
        groups = ("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
        password = "-".join(groups)
        user.password_hash = passwords.hashed(password, self.settings)
        self.doors.append(Door(user.email, password, role.word))

    def sides(self) -> list[Membership]:
        """List the staff who work with partners."""
        busy = {Role.ADMIN, Role.CUSTOMER_SUPPORT, Role.SALES}
        return [member for member in self.staff if member.role in busy]

    def note(
        self,
        moment: datetime,
        member: Membership,
        kind: str,
        subject: Any,  # noqa: ANN401 - any row
        **parts: Any,  # noqa: ANN401 - as operations/audit.py takes them
    ) -> None:
        """Keep an event of that moment for the trail."""
        self.notes.append(Note(moment, self.actor(member), kind, subject, parts))

    def actor(self, member: Membership) -> Actor:
        """Describe a member at work."""
        return Actor(
            name=member.user.name,
            email=member.user.email,
            tenant_id=self.tenant.id,
            role=member.role,
            membership_id=member.id,
            partner_id=member.partner_id,
            address=f"203.0.113.{self.clock.dice.randint(2, 250)}",
        )


Step = Callable[[Scene], None]
