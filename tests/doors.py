"""Every door of Inflow: each address and method, and everybody who may stand before it.

`python -m tests.doors` knocks at every door as everybody, in a fresh world, and writes
`tests/doors.txt` anew. Read its difference as you would read code, then commit it.
"""

import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask, got_request_exception, request
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from admin_views.once import ticket
from app import create_app
from config import Settings
from models import (
    AuditEvent,
    Credential,
    FieldMapping,
    ImportKind,
    Job,
    Lead,
    LeadState,
    LoginSession,
    Membership,
    Partner,
    Role,
    Source,
    SpecificationLink,
    across_tenants,
    db,
)
from models.base import now, public_id
from operations.import_fields import PARTNER_FIELDS, SOURCE_FIELDS
from operations.mapping_fields import STARTER, Field, to_json
from operations.sessions import fingerprint
from policy import PUBLIC
from tests.imports import checked_file
from tests.keys import link_of, rotation_of
from tests.leads import named_lead, rejected
from tests.snapshot import Snapshot
from tests.world import Side, World, build, empty, member

APPROVED = Path(__file__).with_name("doors.txt")
#: The part of a file's address that changes with its content.
STAMP = re.compile(r"^/static/[0-9a-f]{8}/")

#: Who knocks: the six roles of acme, and people who are strangers to acme's partner.
ROLES = ("admin", "support", "sales", "validation", "partner_admin", "partner_user")
STRANGERS = ("rival_admin", "other_partner_admin")
VISITORS = ("anybody", *ROLES, *STRANGERS)
#: What a gate answers that asks who comes, and reads nothing: go and sign in, or not for you.
SHUT = ("302", "403")
#: Where 403 is said of the row, and not of who comes.
BY_ROW = {("partner_admin", "portal_activity.undo")}
#: Short heads keep the grid narrow enough to be read.
HEADS = ("any", "admin", "supp", "sales", "valid", "p-adm", "p-usr", "rival", "other")

#: What stands in an address, by the name of its argument.
ARGUMENTS: dict[str, Callable[["House", Side], str]] = {
    "partner_id": lambda _, side: side.partner.public_id,
    "source_id": lambda _, side: side.source.public_id,
    "member_id": lambda _, side: side.partner_user.public_id,
    "invite_id": lambda _, side: side.invite.public_id,
    "lead_id": lambda house, side: house.leads[side.marker].public_id,
    "submission_id": lambda house, side: public_id("submission", house.leads[side.marker].id),
    "event_id": lambda house, side: public_id("event", house.events[side.marker]),
    "session_id": lambda house, side: public_id("session", house.sessions[side.marker]),
    "mapping_id": lambda house, side: public_id("mapping", house.mappings[side.marker]),
    "job_id": lambda house, side: public_id("job", house.jobs[side.marker]),
    "import_id": lambda house, side: public_id("import", house.imports[side.marker, "partners"]),
    "credential_id": lambda house, side: house.keys[side.marker].public_id,
    "link_id": lambda house, side: house.links[side.marker].public_id,
    "token": lambda _, __: "no-such-token",
    "filename": lambda _, __: "inflow.css",
}
#: Where an argument of that name means something else.
ARGUMENTS_OF: dict[tuple[str, str], Callable[["House", Side], str]] = {
    ("lead.take_back", "lead_id"): lambda house, side: house.returned[side.marker].public_id,
    **{
        (f"source_import.{page}", "import_id"): lambda house, side: public_id(
            "import", house.imports[side.marker, "sources"]
        )
        for page in ("index_view", "export", "columns_view", "check", "read_again", "carry_out")
    },
}
#: What a form needs where the usual body does not do.
BODIES: dict[str, Callable[[Side], dict[str, object]]] = {
    "source_specification.mail": lambda side: {"id": side.partner_user.public_id},
    "portal_source_specification.mail": lambda side: {"id": side.partner_user.public_id},
    "mapping_editor.save": lambda _: {
        "number": 2,
        "version": 1,
        "rows-0-name": "mail",
        "rows-0-to": "email",
        "rows-0-type": "email",
    },
    **{
        f"{one}_imports.bring": lambda _: {"file": (BytesIO(b"name\nnew"), "new.csv")}
        for one in ("partner", "source")
    },
    **{
        f"{one}_import.{page}": lambda _, sent=sent: sent
        for one in ("partner", "source")
        for page, sent in {
            "check": dict.fromkeys([field.name for field in PARTNER_FIELDS + SOURCE_FIELDS], "")
            | {"name": "0"},
            "read_again": {"encoding": "cp1252", "delimiter": ";"},
        }.items()
    },
    "mapping_editor.copy": lambda _: {"number": 2, "version": 1},
    "mapping_trial.attempt": lambda _: {"payload": "email=ann%40mail.example"},
    "source_mapping.publish": lambda _: {"version": 1},
    "source_mapping.discard": lambda _: {"version": 1},
}


@dataclass(frozen=True)
class Door:
    """One method of one rule."""

    method: str
    rule: Rule

    @property
    def endpoint(self) -> str:
        return str(self.rule.endpoint)

    @property
    def name(self) -> str:
        return f"{self.method:4} {STAMP.sub('/static/', self.rule.rule)}"

    @property
    def arguments(self) -> list[str]:
        return sorted(self.rule.arguments)


def doors(app: Flask) -> list[Door]:
    """List every door, in the order of their addresses."""
    found = [
        Door(method, rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    return sorted(found, key=lambda door: (door.rule.rule, door.method))


def undeclared(app: Flask) -> list[str]:
    """Name the pages that say neither what they need nor that anybody may open them."""
    return [
        f"{door.name} ({door.endpoint}) is closed to everybody: declare what it needs with"
        " @page or @deed, or list it in policy.PUBLIC if nobody has to be signed in."
        for door in doors(app)
        if door.endpoint not in PUBLIC and not needs_of(app, door)
    ]


def needs_of(app: Flask, door: Door) -> str | None:
    """Which permission the door declares."""
    return getattr(app.view_functions[door.endpoint], "needs", None)


class House:
    """The application with its two-tenant world, and a browser for everybody who may knock."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        app.config.update(WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
        #: What broke, and where: every 500 that was answered.
        self.failures: list[str] = []
        got_request_exception.connect(self._note, app)
        self.people: dict[str, Membership] = {}
        self.cookies: dict[str, str] = {}
        self.events: dict[str, object] = {}
        self.leads: dict[str, Lead] = {}
        self.returned: dict[str, Lead] = {}
        self.sessions: dict[str, object] = {}
        self.jobs: dict[str, object] = {}
        self.keys: dict[str, Credential] = {}
        self.links: dict[str, SpecificationLink] = {}
        self.mappings: dict[str, object] = {}
        self.imports: dict[tuple[str, str], object] = {}
        with app.app_context(), across_tenants(db.session):
            self.world = build()
            self._furnish(self.world)
            db.session.commit()
            self.snapshot = Snapshot(db.engine)

    @cached_property
    def found(self) -> dict[str, list[Any]]:
        """The pages of each visitor, once somebody has looked for them (tests/crawl.py)."""
        return {}

    def close(self) -> None:
        got_request_exception.disconnect(self._note, self.app)
        self.app.config["PROPAGATE_EXCEPTIONS"] = True
        self.snapshot.forget()
        with self.app.app_context(), across_tenants(db.session):
            empty()

    def _note(self, _app: Flask, exception: Exception, **_more: object) -> None:
        where = traceback.extract_tb(exception.__traceback__)[-1]
        self.failures.append(
            f"{request.method} {request.full_path[:120]}: {type(exception).__name__}:"
            f" {str(exception)[:160]} ({Path(where.filename).name}:{where.lineno})"
        )

    def knock(self, visitor: str, door: Door, **values: object) -> TestResponse:
        """Knock once, at a world in which nobody has changed anything yet."""
        values.setdefault("data", self.body(door) if door.method == "POST" else None)
        return self.open(visitor, door.method, self.address(door), **values)

    def open(self, visitor: str, method: str, address: str, **values: object) -> TestResponse:
        """Put back whatever the request before has changed, then send one as this visitor."""
        self.snapshot.put_back()
        client = self.app.test_client(use_cookies=False)
        headers = {"Cookie": self.cookies[visitor]} if visitor in self.cookies else {}
        return client.open(address, method=method, headers=headers, buffered=True, **values)

    def address(self, door: Door, side: Side | None = None, **values: str) -> str:
        """Fill in the address from one side of the world."""
        side = side or self.world.acme
        filled = {name: self.argument(door, name, side) for name in door.arguments}
        return self._build(door, filled | values)

    def argument(self, door: Door, name: str, side: Side) -> str:
        made = ARGUMENTS_OF.get((door.endpoint, name)) or ARGUMENTS.get(name)
        assert made, f"Say in tests/doors.py (ARGUMENTS) what <{name}> of {door.name} stands for."
        return made(self, side)

    def _build(self, door: Door, values: dict[str, str]) -> str:
        with self.app.test_request_context():
            return self.app.url_for(door.endpoint, _method=door.method, **values)

    def body(self, door: Door | None = None) -> dict[str, object]:
        """Fill a form with something for every field that any form has; others are ignored."""
        side = self.world.acme
        filled: dict[str, object] = {
            "id": self._selected(door, side),
            "source": side.free_source.public_id,
            "sources": side.free_source.public_id,
            "partner": side.partner.public_id,
            "name": f"{side.marker}-new-name",
            "email": f"{side.marker}-new@mail.example",
            "addresses": f"{side.marker}-new@mail.example",
            "role": Role.PARTNER_USER.value,
            "reason": "because the tests say so",
            "confirmed": "1",
            "theme": "dark",
            "credit": "leave",
            "status": "active",
            "kind": "basic",
            "leads": "live",
            "hours": "24",
            "payload": "{}",
            "once": self._ticket(door, side),
        }
        return filled | (BODIES.get(door.endpoint, lambda _: {})(side) if door else {})

    def _ticket(self, door: Door | None, side: Side) -> str:
        """Draw what a question carries that is answered with something shown once."""
        is_link = door is not None and door.endpoint.endswith(".copy_link")
        with self.app.app_context():
            return ticket(side.invite if is_link else side.source)

    def _selected(self, door: Door | None, side: Side) -> str:
        """Name a row of the list that the door belongs to."""
        screen = getattr(self.app.view_functions[door.endpoint], "__self__", None) if door else None
        if door and door.endpoint == "leads.take_back_many":
            return self.returned[side.marker].public_id
        rows = {Partner: side.partner, Source: side.source, Lead: self.leads[side.marker]}
        rows[Membership] = side.partner_user
        return str(rows.get(getattr(screen, "model", None), side.invite).public_id)

    def _furnish(self, world: World) -> None:
        """Add what doors need besides: a stranger in acme, events, and a session for everybody."""
        acme, rival = world.acme, world.rival
        stranger = member("acme-other", acme.tenant, Role.PARTNER_ADMIN, acme.other_partner)
        self.people = {role: getattr(acme, role) for role in ROLES}
        self.people |= {"rival_admin": rival.admin, "other_partner_admin": stranger}
        for visitor, person in self.people.items():
            row = self._session_of(person, f"key of {visitor}")
            self.cookies[visitor] = self._cookie(f"key of {visitor}")
            if visitor in {"admin", "rival_admin"}:
                self.sessions[acme.marker if visitor == "admin" else rival.marker] = row.id
        for side in (acme, rival):
            self.events[side.marker] = self._event_of(side).id
            self._receive(side)
            self.jobs[side.marker] = self._job_of(side).id
            self.keys[side.marker] = rotation_of(side)
            self.links[side.marker] = link_of(side)
            self.mappings[side.marker] = self._mappings_of(side)
            for kind in ImportKind:
                self.imports[side.marker, kind.value] = checked_file(side, kind).id

    def _receive(self, side: Side) -> None:
        """Let a lead come in for each partner, one that is returned, and a call that is refused."""
        self.leads[side.marker] = named_lead(side, side.source)
        named_lead(side, side.other_source)
        self.returned[side.marker] = named_lead(
            side,
            side.source,
            state=LeadState.RETURNED,
            returned_at=now(),
            returned_by_id=side.validation.id,
            return_reason="nobody answers",
        )
        rejected(side, side.source, {"email": ["Required, and not sent."]}, payload={"age": 4})

    def _session_of(self, person: Membership, key: str) -> LoginSession:
        row = LoginSession(
            key_hash=fingerprint(key),
            user_id=person.user_id,
            tenant_id=person.tenant_id,
            membership_id=person.id,
            # Noted once a minute: however long a sweep takes, no request stops to note it.
            last_seen_at=now() + timedelta(hours=1),
        )
        db.session.add(row)
        db.session.flush()
        return row

    def _mappings_of(self, side: Side) -> object:
        """Publish one mapping for the side's source, and draft the next."""
        named = Field(f"{side.marker}-field", "of_this_side")
        more = (named,), (named, Field(f"{side.marker}-drafted", "of_the_draft"))
        first, draft = (
            FieldMapping(
                tenant_id=side.tenant.id,
                source_id=side.source.id,
                number=number,
                fields=to_json([*STARTER, *fields]),
            )
            for number, fields in enumerate(more, start=1)
        )
        first.published_at, first.published_by_id = now(), side.admin.id
        db.session.add_all([first, draft])
        db.session.flush()
        side.source.mapping_id = first.id
        return first.id

    def _job_of(self, side: Side) -> Job:
        row = Job(
            tenant_id=side.tenant.id,
            kind="leads.credit",
            subject_id=side.source.id,
            asked_by_id=side.admin.id,
        )
        db.session.add(row)
        db.session.flush()
        return row

    def _cookie(self, key: str) -> str:
        signer = self.app.session_interface.get_signing_serializer(self.app)
        value = signer.dumps({"_user_id": key, "_fresh": True})
        return f"{self.app.config['SESSION_COOKIE_NAME']}={value}"

    def _event_of(self, side: Side) -> AuditEvent:
        row = AuditEvent(
            tenant_id=side.tenant.id,
            actor_id=side.admin.id,
            actor_name=side.admin.user.name,
            actor_email=side.admin.user.email,
            kind="partner.paused",
            object_id=side.partner.id,
            object_public_id=side.partner.public_id,
            object_name=side.partner.name,
            partner_id=side.partner.id,
            before={"status": "active"},
            after={"status": "paused"},
        )
        db.session.add(row)
        db.session.flush()
        return row


@contextmanager
def open_house(app: Flask) -> Iterator[House]:
    house = House(app)
    try:
        yield house
    finally:
        house.close()


def grid(house: House) -> str:
    """Knock at every door as everybody and write down the answers."""
    found = doors(house.app)
    width = max(len(door.name) for door in found) + 2
    lines = [" " * width + "  ".join(f"{head:5}" for head in HEADS).rstrip()]
    for door in found:
        answers = (str(house.knock(visitor, door).status_code) for visitor in VISITORS)
        lines.append(door.name.ljust(width) + "  ".join(f"{a:5}" for a in answers).rstrip())
    return "\n".join(lines) + "\n"


def approved() -> dict[str, dict[str, str]]:
    """Read the grid: what each door answers to each visitor."""
    rows = [line.split() for line in APPROVED.read_text(encoding="utf-8").splitlines()[1:]]
    return {
        f"{method:4} {rule}": dict(zip(VISITORS, answers, strict=True))
        for method, rule, *answers in rows
    }


def open_doors(house: House, visitor: str) -> list[Door]:
    """Leave out the doors that the grid says are shut to this visitor, whatever is sent there."""
    grid = approved()
    return [
        door
        for door in doors(house.app)
        if grid.get(door.name, {}).get(visitor) not in SHUT or (visitor, door.endpoint) in BY_ROW
    ]


def approve() -> None:
    """Write the grid as it is now."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            secret_key="only for this grid, which is made and thrown away",
            database_url=f"sqlite:///{folder}/doors.db",
            instance=Path(folder),
            public_url="http://localhost",
            production=False,
            password_memory=8,
            password_passes=1,
        )
        app = create_app(settings)
        app.testing = True
        app.logger.disabled = True
        with app.app_context():
            db.create_all()
        APPROVED.write_text(grid(House(app)), encoding="utf-8")
    print(f"Wrote {APPROVED.name}: read the difference before you commit it.")


if __name__ == "__main__":
    sys.exit(approve())
