"""Exports: every row, nothing a spreadsheet runs, memory that stays flat."""

import csv
import io
import tracemalloc

import pytest
from markupsafe import Markup
from sqlalchemy import insert, update

from admin_views.export import safe
from models import Membership, Partner, across_tenants, db, now
from models.base import key_of, new_id
from operations import partners
from tests.statements import counted

EXPORT = "/admin/partners/export"


def rows(answer):
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff20"])
def test_no_cell_begins_as_a_formula(start):
    assert safe(f"{start}1+1") == f"'{start}1+1"


def test_a_cell_of_the_page_is_exported_as_its_text():
    assert safe(Markup('<span class="badge">Active &amp; well</span>')) == "Active & well"
    assert safe("Harbor & <b>Vine</b>") == "Harbor & <b>Vine</b>"


def test_staff_export_every_field_that_they_may_see(world, inside, sign_in):
    with inside(world.acme) as actor:
        partners.create(
            actor,
            name="=HYPERLINK(1)",
            contact_email="a@example.com",
            notes="one\ntwo",
            tags="b, a",
            account_manager_id=world.acme.sales.id,
        )
        db.session.commit()

    answer = sign_in(world.acme.support).get(EXPORT, buffered=True)

    found = rows(answer)[0]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="partners.csv"'
    assert answer.mimetype == "text/csv"
    assert found["Name"] == "'=HYPERLINK(1)"
    assert found["Identifier"].startswith("partner_")
    assert (found["Tags"], found["Account manager"]) == ("a, b", "acme-sales")
    assert (found["Contact e-mail"], found["Internal notes"]) == ("a@example.com", "one\ntwo")
    assert (found["Shows returned leads"], found["Status"]) == ("yes", "Active")
    assert (found["Received, 30 days"], found["Last lead"]) == ("0", "")


def test_an_export_holds_what_the_filters_leave_and_nobody_elses(world, sign_in):
    browser = sign_in(world.acme.admin)

    found = rows(browser.get(f"{EXPORT}?q=other", buffered=True))

    assert [row["Name"] for row in found] == ["acme-other"]
    assert "rival" not in browser.get(EXPORT, buffered=True).text


def test_an_export_of_nothing_still_has_its_head(world, sign_in):
    answer = sign_in(world.acme.admin).get(f"{EXPORT}?q=nobody", buffered=True)

    assert answer.text.startswith("Identifier,Name,Status")
    assert rows(answer) == []


@pytest.mark.parametrize("role", ["validation", "partner_admin", "partner_user"])
def test_who_may_not_see_the_list_gets_no_export(world, sign_in, role):
    assert sign_in(getattr(world.acme, role)).get(EXPORT).status_code == 403


@pytest.fixture
def many(app, world):
    """Twelve thousand partners more."""
    made = (f"many-{number}" for number in range(12_000))
    values = [
        {"tenant_id": world.acme.tenant.id, "id": new_id(), "name": name, "version": 1}
        for name in made
    ]
    with app.app_context(), across_tenants(db.session):
        db.session.execute(
            insert(Partner), [{**row, "name_key": key_of(row["name"])} for row in values]
        )
        db.session.commit()


def test_an_export_streams_and_its_memory_stays_flat(many, world, sign_in):
    browser = sign_in(world.acme.admin)
    tracemalloc.start()
    lines, peaks = 0, []

    with counted() as made, browser.get(EXPORT, buffered=False) as answer:
        for part in answer.iter_encoded():
            lines += part.count(b"\n")
            peaks.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()

    assert lines == 12_000 + 2 + 1
    assert len(peaks) == 13
    assert max(peaks[6:]) < 1.5 * max(peaks[:6])
    assert len(made) <= 2 + 13


def test_an_account_manager_who_left_is_named_until_another_follows(app, world, sign_in):
    with app.app_context(), across_tenants(db.session):
        managed = {"account_manager_id": world.acme.sales.id}
        db.session.execute(update(Partner).where(*one(world.acme.partner)).values(**managed))
        gone = {"removed_at": now()}
        db.session.execute(update(Membership).where(*one(world.acme.sales)).values(**gone))
        db.session.commit()

    found = rows(sign_in(world.acme.admin).get(EXPORT, buffered=True))

    managers = {row["Identifier"]: row["Account manager"] for row in found}
    assert managers == {
        world.acme.partner.public_id: "acme-sales",
        world.acme.other_partner.public_id: "",
    }


def one(row):
    return type(row).tenant_id == row.tenant_id, type(row).id == row.id
