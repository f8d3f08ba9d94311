"""An application whose tenant has thousands of everything, and every question to its lists."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from flask import Flask
from sqlalchemy import Engine, select, text
from werkzeug.test import TestResponse

from admin_views.lists import ListScreen
from app import create_app
from benchmarks import seed
from benchmarks.names import Kind, identifier_of
from config import Settings
from models import ImportKind, LoginSession, Membership, Role, across_tenants, db
from models.base import public_id
from operations.sessions import fingerprint
from tests.crawl import read
from tests.doors import Door
from tests.imports import long_file
from tests.questions import lists, questions

#: Lists count no further in these tests.
COUNTED = 300
#: The partner that is looked at, whose second source gets most of the calls.
PARTNER, SOURCE = 1, 2
#: The identifiers that addresses of lists begin with.
ARGUMENTS = {
    "partner_id": public_id("partner", identifier_of(Kind.PARTNER, PARTNER)),
    "source_id": public_id("source", identifier_of(Kind.SOURCE, SOURCE)),
}


@dataclass
class Large:
    """An application whose tenant has thousands of everything, and who is signed in."""

    app: Flask
    engine: Engine
    cookies: dict[str, str]
    #: By the page that shows it: a file that was checked.
    imports: dict[str, str]

    def open(self, visitor: str, address: str) -> TestResponse:
        headers = {"Cookie": self.cookies[visitor]}
        return self.app.test_client(use_cookies=False).get(address, headers=headers)

    def address(self, door: Door) -> str:
        given = {**ARGUMENTS, "import_id": self.imports.get(door.endpoint)}
        values = {name: given[name] for name in door.arguments}
        with self.app.test_request_context():
            return self.app.url_for(door.endpoint, **values)


@contextmanager
def opened(settings: Settings, url: str, partners: int, calls: int) -> Iterator[Large]:
    """Fill a database, and sign two people in."""
    app = create_app(replace(settings, database_url=url))
    seed.fill(app, settings, partners, calls)
    with app.app_context(), across_tenants(db.session):
        admin = select(Membership).where(Membership.role == Role.ADMIN)
        own = select(Membership).where(Membership.id == identifier_of(Kind.MEMBER, 1))
        people = {
            "admin": db.session.scalars(admin).one(),
            "partner_admin": db.session.scalars(own).one(),
        }
        cookies = {name: _sign_in(app, name, person) for name, person in people.items()}
        imports = {
            f"{kind.value.removesuffix('s')}_import.index_view": long_file(
                people["admin"].tenant_id, kind, partners
            )
            for kind in ImportKind
        }
        # A planner believes any new table to be small.
        db.session.execute(text("ANALYZE import_row"))
        db.session.commit()
        engine = db.engine
    engine.dispose()  # a connection of SQLite knows the statistics of when it was opened
    yield Large(app, engine, cookies, imports)
    engine.dispose()


def _sign_in(app: Flask, key: str, person: Membership) -> str:
    """Begin a session for a person, and make its cookie."""
    row = LoginSession(
        key_hash=fingerprint(key),
        user_id=person.user_id,
        tenant_id=person.tenant_id,
        membership_id=person.id,
    )
    db.session.add(row)
    signer = app.session_interface.get_signing_serializer(app)
    value = signer.dumps({"_user_id": key, "_fresh": True})
    return f"{app.config['SESSION_COOKIE_NAME']}={value}"


def every_question(large: Large, visitor: str) -> Iterator[str]:
    """Name the address of each list that this visitor sees, asked in each way that it offers."""
    for door, screen in lists(large.app):
        address = large.address(door)
        page = large.open(visitor, address)
        if page.status_code == 200:
            for query in questions(screen, _offered(screen, page.text), [*ARGUMENTS.values()]):
                yield f"{address}?{query}"


def _offered(screen: ListScreen, page: str) -> Mapping[str, Sequence[str]]:
    """The choices of the filters, as the list's page shows them."""
    names = {a_filter.name for a_filter in screen.filters}
    found = defaultdict(list)
    for form in read("/", page).forms:
        for name, value in form.fields:
            if name in names and value:
                found[name].append(value)
    return found
