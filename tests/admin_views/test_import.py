"""Importing on the screens: a file, its columns, the check, the import, and the answers again."""

import csv
import io

import pytest
from sqlalchemy import func, select

from models import FileImport, Partner, Scope, Source, across_tenants, db, enter
from operations import background
from tests.imports import STEPS, many

FILE = "Company;Comments\nacme-Fresh Leads;from the fair\nacme-partner;\nacme-broken\n"
START = "/admin/partners/import/"


@pytest.fixture
def staff(world, sign_in):
    return sign_in(world.acme.admin)


def bring(client, body, name="leads.csv", start=START):
    """Send a file as a browser does."""
    body = body if isinstance(body, bytes) else body.encode()
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    sent = head.encode() + body + b"\r\n--edge--\r\n"
    return client.post(start, data=sent, content_type="multipart/form-data; boundary=edge")


def work(app):
    """Let the worker do whatever is due."""
    with app.app_context():
        for key in background.due_keys():
            background.run(key, STEPS)


def home_of(answer):
    """The page of the import that a file led to."""
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].removesuffix("columns")


def checked(app, client, body, columns, start=START):
    home = home_of(bring(client, body, start=start))
    assert client.post(f"{home}columns", data=columns).status_code == 303
    work(app)
    return home


def count_of(app, model, name):
    with app.app_context(), across_tenants(db.session):
        return db.session.scalar(select(func.count()).where(model.name == name))


def test_staff_are_led_from_the_list_to_an_import_that_is_done(app, staff):
    assert 'href="import/"' in staff.get("/admin/partners/").text
    home = home_of(bring(staff, FILE))
    columns = staff.get(f"{home}columns").text
    assert "Semicolon" in columns
    assert "from the fair" in columns

    staff.post(f"{home}columns", data={"name": "0", "notes": "1"})
    assert "Look again" in staff.get(home).text
    work(app)
    seen = staff.get(home).text
    assert "Import 1 row" in seen
    assert "This row has 1 cells; the headings are 2." in seen
    assert count_of(app, Partner, "acme-Fresh Leads") == 0

    staff.post(f"{home}run")
    work(app)

    done = staff.get(home).text
    assert "The import is done" in done
    assert count_of(app, Partner, "acme-Fresh Leads") == 1
    assert "leads.csv" in staff.get(START).text


def test_nothing_is_called_created_before_the_import_is_done(app, staff):
    home = home_of(bring(staff, FILE))
    staff.post(f"{home}columns", data={"name": "0", "notes": "1"})
    work(app)

    staff.post(f"{home}run")
    begun = staff.get(home).text
    work(app)

    assert "To be created" in begun
    assert "To be created" not in staff.get(home).text


def test_an_import_without_columns_leads_to_them(staff):
    home = home_of(bring(staff, FILE))

    assert staff.get(home).headers["Location"] == f"{home}columns"


def test_a_file_that_makes_no_sense_another_way_stays_as_it_was_read(staff):
    home = home_of(bring(staff, f"name|{',' * 400}\nacme-x|y\n"))

    answer = staff.post(f"{home}reading", data={"encoding": "utf-8", "delimiter": ","})

    assert answer.status_code == 422
    assert "A file may have 300 columns at most." in answer.text
    assert "Vertical bar" in staff.get(f"{home}columns").text


def test_columns_that_say_nothing_about_which_are_sent_back(staff):
    home = home_of(bring(staff, FILE))

    answer = staff.post(f"{home}columns", data={"notes": "1"})

    assert answer.status_code == 422
    assert "Choose the column with the name" in answer.text
    assert staff.post(f"{home}columns", data={"name": "77"}).status_code == 422


def test_a_file_is_read_another_way_when_asked(staff):
    home = home_of(bring(staff, "name|note\nacme-Größe|1,2\n".encode("cp1250")))
    guess = staff.get(f"{home}columns").text

    assert staff.post(f"{home}reading", data={"encoding": "x"}).status_code == 422
    refused = staff.post(f"{home}reading", data={"encoding": "utf-8", "delimiter": ","})
    staff.post(f"{home}reading", data={"encoding": "cp1250", "delimiter": "|"})

    assert "acme-Größe" in guess
    assert refused.status_code == 303
    assert "acme-Größe" in staff.get(f"{home}columns").text


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "This file is empty."),
        (b"PK\x03\x04 and so on", "This is an Excel or ZIP file"),
        (b"name,phone\n", "This file has headings, and no row below them."),
        (b"\n\nname\nx\n", "The first row of this file is empty"),
        (b"," * 400 + b"a\nx\n", "A file may have 300 columns at most."),
        (b"x" * 1_100_000, "A line of this file has more than a million characters"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(app, staff, body, sentence):
    answer = bring(staff, body)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "leads.csv" not in staff.get(START).text


def test_no_file_at_all_is_refused(staff):
    answer = staff.post(START, data={"name": "x"})

    assert answer.status_code == 422
    assert "Choose a file." in answer.text


def test_a_file_may_be_larger_than_any_form_and_a_form_may_not(app, staff, anybody):
    body = many(40_000)
    assert len(body) > 1024 * 1024

    assert bring(staff, body).status_code == 303
    assert bring(staff, body, start="/admin/partners/new").status_code == 413
    assert bring(anybody, body).status_code == 413


@pytest.mark.parametrize("role", ["sales", "validation", "partner_admin"])
@pytest.mark.parametrize("start", [START, "/admin/sources/import/"])
def test_nobody_who_may_not_import_fills_the_disk_with_a_file(world, sign_in, role, start):
    client = sign_in(getattr(world.acme, role))

    assert bring(client, many(40_000), start=start).status_code == 413


def test_refused_rows_come_back_as_they_were_and_can_be_corrected(app, staff):
    text = "name;phone\n=acme-1+1;12\n'=acme-quoted;+1 312 555 0148\nacme-x;1;2;3\n"
    home = checked(app, staff, text, {"name": "0", "phone": "1"})

    sent = staff.get(f"{home}export?outcome=refused").text

    rows = list(csv.reader(io.StringIO(sent)))
    assert rows[0] == ["Row", "Outcome", "Reason", "name", "phone"]
    assert rows[1][3:] == ["'=acme-1+1", "12"]
    assert rows[2][3:] == ["acme-x", "1", "2", "3"]
    again = checked(
        app, staff, sent.replace(",12", ",+1 312 555 0149"), {"name": "3", "phone": "4"}
    )
    assert "=acme-1+1" in staff.get(again).text
    assert "Import 1 row" in staff.get(again).text


def test_no_heading_of_a_file_leaves_as_a_formula(app, staff):
    text = '"=HYPERLINK(""http://evil.example"")";phone\nacme-x;12\n'
    home = checked(app, staff, text, {"name": "0", "phone": "1"})

    head = staff.get(f"{home}export").text.splitlines()[0]

    assert "'=HYPERLINK" in head


def test_our_own_export_comes_back_and_changes_nothing(app, staff, world, add):
    def furnish(acme):
        for name in ("=acme-formula", "'=acme-quoted", "'acme-plain", "-acme", "''@acme"):
            db.session.add(Partner(tenant_id=acme.tenant.id, name=name, phone="+1 312 555 0148"))
        db.session.merge(acme.partner).account_manager_id = acme.sales.id

    add(furnish)
    sent = staff.get("/admin/partners/export").text

    home = home_of(bring(staff, sent))
    form = staff.get(f"{home}columns").text
    chosen = {"identifier": "0", "name": "1", "account_manager": "3", "tags": "4"}
    chosen |= {"contact_name": "11", "contact_email": "12", "phone": "13", "website": "14"}
    chosen |= {"show_returned": "15", "deduct_returned": "16", "notes": "17"}
    for place in chosen.values():
        assert f'<option selected value="{place}">' in form
    staff.post(f"{home}columns", data=chosen)
    work(app)

    page = staff.get(home).text
    assert 'outcome=unchanged">7</a>' in page
    assert "Nothing in this file would create or change anything." in page


def test_sources_are_imported_with_their_partners(app, staff):
    text = (
        "Campaign,Product,Affiliate,CPL,Status\nacme-form,Auto,ACME-Partner,12.50,live\n"
        "acme-free-source,,acme-other,,paused\nacme-source,,acme-other,,\nacme-x,,nobody,,paused\n"
    )
    start = "/admin/sources/import/"
    columns = {"name": "0", "vertical": "1", "partner": "2", "payout": "3", "status": "4"}

    home = checked(app, staff, text, columns, start)
    seen = staff.get(home).text
    staff.post(f"{home}run")
    work(app)

    assert "The source is with acme-partner." in seen
    assert "There is no partner “nobody”." in seen
    assert count_of(app, Source, "acme-form") == 1
    assert "/admin/sources/source_" in staff.get(f"{home}?outcome=created").text


def test_an_import_of_one_kind_is_no_page_of_the_other(staff):
    home = home_of(bring(staff, FILE))

    assert staff.get(home.replace("partners", "sources")).status_code == 404


def test_a_file_that_never_came_whole_is_not_shown(app, world, staff):
    with app.app_context():
        enter(db.session, Scope(world.acme.tenant.id))
        file = FileImport(tenant_id=world.acme.tenant.id, kind="partners", name="half.csv")
        db.session.add(file)
        db.session.commit()
        home = f"{START}{file.public_id}/"

    assert staff.get(home).status_code == 404
    assert "half.csv" not in staff.get(START).text


def test_somebody_elses_check_shows_its_progress_without_their_job(app, world, staff, sign_in):
    home = home_of(bring(staff, FILE))
    staff.post(f"{home}columns", data={"name": "0"})

    assert "data-job" in staff.get(home).text
    assert "data-job" not in sign_in(world.acme.support).get(home).text


def test_the_pages_of_a_job_say_that_it_is_an_import(app, staff):
    home = home_of(bring(staff, FILE))
    page = staff.post(f"{home}columns", data={"name": "0"}, follow_redirects=True).text
    status = page.split('data-job="')[1].split('"')[0]

    assert staff.get(status).json["words"] == "0 of 3 rows"
    assert "Check of a file" in staff.get(status.removesuffix("status")).text
