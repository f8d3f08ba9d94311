"""No list reads its whole table: in no order, filter or search that it offers."""

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from models import (
    Assignment,
    Base,
    counting,
)
from models.ownership import TenantOwned
from tests.large import ARGUMENTS, COUNTED, every_question, opened
from tests.plans import explaining, listening, work_of
from tests.plugin_database import PORT
from tests.postgres import create_database

PARTNERS, CALLS = 3000, 9000
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


@pytest.fixture(scope="module")
def large(request, worker, settings):
    url = create_database(request.config.stash[PORT], f"large_{worker}")
    with opened(settings, url, PARTNERS, CALLS) as made:
        yield made


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
    monkeypatch.setattr(counting, "CAP", COUNTED)
    known, asked, dear = set(), 0, {}

    for address in every_question(large, visitor):
        asked += 1
        dear = dict(dear_statements(large, visitor, address, known)) | dear

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
    monkeypatch.setattr(counting, "CAP", COUNTED)

    # Those it counts, and those it shows with what is joined to each.
    assert [*dear_statements(large, "admin", address, set(), most=COUNTED + 1)] == []


@pytest.mark.parametrize(
    ("setting", "value"), [("jit", "off"), ("max_parallel_workers_per_gather", "0")]
)
def test_a_statement_is_neither_compiled_nor_given_helpers(large, setting, value):
    with large.engine.connect() as connection:
        found = "SELECT setting, source FROM pg_settings WHERE name = :name"
        assert connection.execute(text(found), {"name": setting}).one() == (value, "session")


#: Lists of everything, and a page with figures.
PLANNED = ("/admin/partners/", "/admin/users/", "/admin/partners/{partner_id}/")
#: The driver prepares what it sends again; PostgreSQL plans the next five for their values.
OFTEN = 8


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


def test_what_sources_that_are_named_received_is_planned_for_so_many(large):
    large.engine.dispose()

    for _ in range(OFTEN):
        offered = large.open(
            "admin", "/admin/partners/{partner_id}/sources/?assign".format(**ARGUMENTS)
        )
        assert offered.status_code == 200

    kept = text("SELECT statement FROM pg_prepared_statements WHERE generic_plans > 0")
    with large.engine.connect() as connection:
        planned_once = connection.execute(kept).scalars().all()
    assert len(planned_once) > 2
    # It would read everything that is nobody's, of however many sources.
    assert [one for one in planned_once if "metric_change" in one] == []


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
