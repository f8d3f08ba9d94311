"""No list reads its whole table: in no order, filter or search that it offers."""

from collections import defaultdict
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable
from werkzeug.test import TestResponse

from admin_views import keyset
from app import create_app
from benchmarks import seed
from benchmarks.names import Kind, identifier_of
from models import Assignment, Base, ImportKind, LoginSession, Membership, Role, across_tenants, db
from models.base import public_id
from models.ownership import TenantOwned
from operations.sessions import fingerprint
from tests.crawl import read
from tests.doors import Door
from tests.imports import long_file
from tests.plans import explaining, listening, work_of
from tests.plugin_database import PORT
from tests.postgres import create_database
from tests.questions import lists, questions

PARTNERS, CALLS, COUNTED = 3000, 9000, 300
#: The most rows that a step of a plan may visit: a page shows twenty, of tables that hold three
#: to nine thousand.
MOST = 2400
#: Read by who works for all tenants: somebody signing in, the worker that clears up.
ELSEWHERE = {
    "call_hour_hour",
    "file_import_created",
    "idempotency_key_age",
    "job_open",
    "letter_due",
    "letter_to",
    "membership_user",
}
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


@pytest.fixture(scope="module")
def large(request, worker, settings):
    url = create_database(request.config.stash[PORT], f"large_{worker}")
    app = create_app(replace(settings, database_url=url))
    seed.fill(app, settings, PARTNERS, CALLS)
    with app.app_context(), across_tenants(db.session):
        admin = select(Membership).where(Membership.role == Role.ADMIN)
        people = {
            "admin": db.session.scalars(admin).one(),
            "partner_admin": db.session.scalars(
                select(Membership).where(Membership.id == identifier_of(Kind.MEMBER, 1))
            ).one(),
        }
        cookies = {name: sign_in(app, name, person) for name, person in people.items()}
        tenant_id = people["admin"].tenant_id
        imports = {
            f"{kind.value.removesuffix('s')}_import.index_view": long_file(
                tenant_id, kind, PARTNERS
            )
            for kind in ImportKind
        }
        if PORT in request.config.stash:  # its planner believes any new table to be small
            db.session.execute(text("ANALYZE import_row"))
        db.session.commit()
        engine = db.engine
    yield Large(app, engine, cookies, imports)
    engine.dispose()


def sign_in(app, key, person):
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


def offered(screen, page):
    """The choices of the filters, as the list's page shows them."""
    names = {a_filter.name for a_filter in screen.filters}
    found = defaultdict(list)
    for form in read("/", page).forms:
        for name, value in form.fields:
            if name in names and value:
                found[name].append(value)
    return found


def dear_statements(large, visitor, address, known, most=MOST):
    """Name the statements of a page that do too much, once each."""
    with listening(large.engine) as sent:
        answer = large.open(visitor, address)
    assert answer.status_code in {200, 400}, address
    new = [one for one in sent if (key := f"{one}") not in known and not known.add(key)]
    with large.engine.begin() as connection:
        for one in new:
            visited, scanned = work_of(connection, one)
            if visited > most or scanned:
                yield one[0], f"{visited} visited, all of {scanned}, for {address}"


@pytest.mark.parametrize("visitor", ["admin", "partner_admin"])
def test_no_list_reads_its_whole_table_however_it_is_asked(large, visitor, monkeypatch):
    monkeypatch.setattr(keyset, "COUNT_CAP", COUNTED)
    known, asked, dear = set(), 0, {}

    for door, screen in lists(large.app):
        address = large.address(door)
        page = large.open(visitor, address)
        if page.status_code == 200:
            for query in questions(screen, offered(screen, page.text), [*ARGUMENTS.values()]):
                asked += 1
                found = dear_statements(large, visitor, f"{address}?{query}", known)
                dear = dict(found) | dear

    assert dear == {}
    assert asked > 100


#: Each in an order in which the rows asked for come after many others.
NARROWED = (
    "/admin/sources/?status=paused&sort=name",
    "/admin/sources/?status=test&sort=name",
    "/admin/sources/?vertical=Solar&sort=name",
    "/admin/sources/?assigned=no&sort=name",
    "/admin/sources/?assigned=yes&sort=name",
    "/admin/sources/?assigned=yes",
    "/admin/partners/?received=1",
)


@pytest.mark.parametrize("address", NARROWED)
def test_a_narrowed_list_visits_no_row_that_it_leaves_out(large, address, monkeypatch):
    monkeypatch.setattr(keyset, "COUNT_CAP", COUNTED)

    # Those it counts, and those it shows with what is joined to each.
    assert [*dear_statements(large, "admin", address, set(), most=COUNTED + 1)] == []


#: Lists of everything, and a page with figures.
PLANNED = ("/admin/partners/", "/admin/users/", "/admin/partners/{partner_id}/")
#: The driver prepares what it sent five times; PostgreSQL plans the next five for their values.
OFTEN = 12


@pytest.mark.parametrize("address", PLANNED)
def test_a_page_that_is_asked_often_is_planned_once(large, address):
    large.engine.dispose()

    for _ in range(OFTEN):
        assert large.open("admin", address.format(**ARGUMENTS)).status_code == 200

    kept = text("SELECT statement, generic_plans FROM pg_prepared_statements")
    with large.engine.connect() as connection:
        plans = {row.statement: row.generic_plans for row in connection.execute(kept)}
    assert len(plans) > 2
    assert [statement for statement, reused in plans.items() if not reused] == []


#: Pages that show figures, as their addresses begin.
FIGURES = {
    "admin": [
        "/admin/",
        "/admin/partners/{partner_id}/",
        "/admin/partners/{partner_id}/sources/",
        "/admin/sources/{source_id}/",
        "/admin/sources/{source_id}/credentials/",
        "/admin/sources/{source_id}/rejections/",
    ],
    "partner_admin": ["/partner/", "/partner/sources/", "/partner/sources/{source_id}/"],
}


@pytest.mark.parametrize("visitor", FIGURES)
def test_no_figure_reads_all_that_a_busy_partner_or_source_sent(large, visitor):
    with explaining(large.engine) as told:
        for address in FIGURES[visitor]:
            answer = large.open(visitor, address.format(**ARGUMENTS))
            assert answer.status_code == 200, address

    asked = {query: visited for query, visited in told if "submission" in query}
    assert len(asked) > 3
    assert {query: visited for query, visited in asked.items() if visited > MOST} == {}


@pytest.mark.usefixtures("large")
def test_another_database_can_be_seeded_after_the_first():
    table = Assignment.__table__

    made = str(CreateTable(table).compile(dialect=postgresql.dialect()))

    assert made.count("FOREIGN KEY") == len(table.foreign_key_constraints) > 0


def test_every_index_of_a_tenants_table_begins_with_the_tenant():
    tables = [mapper.local_table for mapper in Base.registry.mappers if is_owned(mapper)]

    others = {
        index.name
        for table in tables
        for index in table.indexes
        if index.columns.keys()[0] != "tenant_id" and not index.name.endswith("_trigram")
    }
    assert others == ELSEWHERE


def is_owned(mapper):
    return issubclass(mapper.class_, TenantOwned)
