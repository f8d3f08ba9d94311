"""Leads in both panels: what is listed, what is found, what is told to whom."""

import csv
import html
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from admin_views import export
from models import Lead, LeadState, Partner, across_tenants, db, now
from tests.leads import lead_of, mapping_of, received
from tests.statements import counted

RETURNED = {
    "state": LeadState.RETURNED,
    "returned_at": now(),
    "return_reason": "The number is not in service",
}


def person(side, name, source=None, **values):
    """A lead of a person whose name and address say which it is."""
    fields = {"first_name": name, "last_name": "", "email": f"{name}@mail.example".lower()}
    return lead_of(side, source or side.source, fields=fields, **values)


@pytest.fixture
def some(add):
    """One of each kind, named after it."""

    def work(side):
        rows = {
            "Fine": person(side, "Fine"),
            "Twice": person(side, "Twice", state=LeadState.DUPLICATE),
            "Back": person(side, "Back", returned_by_id=side.validation.id, **RETURNED),
            "Trial": person(side, "Trial", is_test=True),
            "Elsewhere": person(side, "Elsewhere", side.other_source),
            "Nobodys": person(side, "Nobodys", side.free_source),
        }
        rows["Twice"].duplicate_of_id = rows["Fine"].id
        return rows

    return add(work)


def hide_returns(add):
    def work(side):
        db.session.get_one(Partner, (side.tenant.id, side.partner.id)).show_returned = False

    add(work)


def listed(answer, names=("Fine", "Twice", "Back", "Trial", "Elsewhere", "Nobodys")):
    assert answer.status_code == 200, answer.text
    return [name for name in names if f">{name}<" in answer.text]


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("", ["Fine", "Twice", "Back", "Elsewhere", "Nobodys"]),
        ("?status=accepted", ["Fine", "Elsewhere", "Nobodys"]),
        ("?status=duplicate", ["Twice"]),
        ("?status=returned", ["Back"]),
        ("?counted=accepted", ["Fine", "Back", "Elsewhere", "Nobodys"]),
        ("?test=yes", ["Trial"]),
        ("?source=acme-other", ["Elsewhere"]),
        ("?partner=acme-other", ["Elsewhere"]),
        ("?q=trial@mail.example", ["Trial"]),
        ("?q=%2B13125550142&status=returned", ["Back"]),
        ("?q=mail.example", []),
    ],
)
def test_staff_narrow_the_list(world, sign_in, some, address, names):
    answer = sign_in(world.acme.validation).get(f"/admin/leads/{address}")

    assert listed(answer) == names


def test_a_source_and_a_partner_are_named_by_their_identifiers_too(world, sign_in, some):
    browser = sign_in(world.acme.admin)

    by_source = browser.get(f"/admin/leads/?source={world.acme.other_source.public_id}")
    by_partner = browser.get(f"/admin/leads/?partner={world.acme.other_partner.public_id}")

    assert listed(by_source) == listed(by_partner) == ["Elsewhere"]
    assert "<b>acme-other-source</b>" in by_source.text
    assert "<b>acme-other</b>" in by_partner.text


def test_an_unknown_source_finds_nothing_and_keeps_its_identifier(world, sign_in, some):
    theirs = world.rival.source.public_id

    answer = sign_in(world.acme.admin).get(f"/admin/leads/?source={theirs}")

    assert listed(answer) == []
    assert f"<b>{theirs}</b>" in answer.text


def test_days_are_those_that_the_leads_count_for(world, sign_in, add):
    today = now().date()

    def work(side):
        for days in range(4):
            person(side, f"Day{days}", day=today - timedelta(days=days))

    add(work)
    browser = sign_in(world.acme.admin)
    names = [f"Day{days}" for days in range(4)]
    middle = f"?from={today - timedelta(days=2)}&to={today - timedelta(days=1)}"

    assert listed(browser.get(f"/admin/leads/{middle}"), names) == ["Day1", "Day2"]
    assert listed(browser.get(f"/admin/leads/?from={today}"), names) == ["Day0"]


def test_a_lead_that_counts_for_the_day_before_in_utc_is_found_on_its_own_day(world, sign_in, add):
    today = now().date()
    add(lambda side: person(side, "Late", at=now(), day=today - timedelta(days=1)))

    found = sign_in(world.acme.admin).get(f"/admin/leads/?to={today - timedelta(days=1)}")

    assert listed(found, ["Late"]) == ["Late"]


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_refused(world, sign_in, text):
    assert sign_in(world.acme.admin).get(f"/admin/leads/?from={text}").status_code == 400


def test_an_empty_search_result_says_what_a_search_takes(world, sign_in, some):
    answer = sign_in(world.acme.admin).get("/admin/leads/?q=jane")

    assert "whole e-mail address, phone number or identifier" in answer.text


def test_partner_people_see_their_own_leads_and_neither_names_nor_buyers(world, sign_in, some):
    answer = sign_in(world.acme.partner_user).get("/partner/leads/")

    assert listed(answer) == ["Fine", "Twice", "Back"]
    assert "Partner</th>" not in answer.text
    assert sign_in(world.acme.partner_user).get("/partner/leads/?partner=x").status_code == 200


def test_returned_leads_are_accepted_to_a_partner_that_does_not_see_returns(
    world, sign_in, some, add
):
    hide_returns(add)
    browser = sign_in(world.acme.partner_user)

    page = browser.get(f"/partner/leads/{some['Back'].public_id}/").text

    assert "Returned" not in browser.get("/partner/leads/").text
    assert listed(browser.get("/partner/leads/?status=accepted")) == ["Fine", "Back"]
    assert listed(browser.get("/partner/leads/?counted=accepted")) == ["Fine", "Back"]
    assert browser.get("/partner/leads/?status=returned").status_code == 400
    assert "Accepted" in page
    assert "not in service" not in page
    assert "eturned" not in page
    export = browser.get("/partner/leads/export").text
    assert "returned" not in export
    assert "not in service" not in export


def test_staff_go_on_seeing_those_returns(world, sign_in, some, add):
    hide_returns(add)

    assert listed(sign_in(world.acme.admin).get("/admin/leads/?status=returned")) == ["Back"]


def test_the_activity_keeps_silent_about_returns_too(world, sign_in, some, add):
    sign_in(world.acme.admin).post(
        f"/admin/leads/{some['Fine'].public_id}/return", data={"reason": "Nobody answers"}
    )
    browser = sign_in(world.acme.partner_admin)
    told = browser.get("/partner/activity/").text
    hide_returns(add)

    assert "as returned" in told
    assert "acme-admin" not in told
    assert "as returned" not in browser.get("/partner/activity/").text


def test_the_page_of_a_lead_says_all_there_is_to_know(world, sign_in, add):
    def work(side):
        fields = {"first_name": "Jane", "roof_age_years": 12, "homeowner": True, "note": None}
        return received(side, side.source, fields=fields, extra={"campaign": "autumn"})

    lead = add(work)

    page = sign_in(world.acme.admin).get(f"/admin/leads/{lead.public_id}/").text

    for word in ("Jane Doe", "Roof age years", ">12<", ">Yes<", "autumn", "acme-source"):
        assert word in page
    assert "acme-partner" in page
    assert "$12.50" in page
    assert f"/admin/submissions/submission_{lead.public_id[5:]}/" in page
    assert "Nothing was changed since" in page


def test_the_page_of_a_returned_lead_says_who_returned_it_and_why(world, sign_in, some):
    address = f"{some['Back'].public_id}/"

    for_staff = sign_in(world.acme.sales).get(f"/admin/leads/{address}").text
    for_partner = sign_in(world.acme.partner_user).get(f"/partner/leads/{address}").text

    assert "by <bdi>acme-data-validation</bdi>" in for_staff
    assert "not in service" in for_staff
    assert "not in service" in for_partner
    assert "acme-data-validation" not in for_partner


def test_a_returned_lead_is_not_owed_to_a_partner_that_leaves_them_out(world, sign_in, some, add):
    def work(side):
        db.session.get_one(Partner, (side.tenant.id, side.partner.id)).deduct_returned = True

    add(work)

    page = sign_in(world.acme.admin).get(f"/admin/leads/{some['Back'].public_id}/").text

    assert "$0.00" in page
    assert "Left out, because it was returned" in page


def test_a_duplicate_leads_to_the_lead_that_came_first(world, sign_in, some):
    address = f"{some['Twice'].public_id}/"

    page = sign_in(world.acme.admin).get(f"/admin/leads/{address}").text

    assert f'href="/admin/leads/{some["Fine"].public_id}/"' in page


def test_the_first_lead_of_another_partner_stays_unnamed(world, sign_in, some, add):
    def work(side):
        row = db.session.get_one(Lead, (side.tenant.id, some["Twice"].id))
        row.duplicate_of_id = some["Elsewhere"].id

    add(work)

    page = sign_in(world.acme.partner_user).get(f"/partner/leads/{some['Twice'].public_id}/").text

    assert "An earlier lead" in page
    assert some["Elsewhere"].public_id not in page


def test_a_lead_outlives_its_call_and_its_source(world, sign_in, add):
    def work(side):
        lead = person(side, "Kept", side.other_source, partner_id=side.partner.id)
        return lead.public_id

    identifier = add(work)

    page = sign_in(world.acme.partner_user).get(f"/partner/leads/{identifier}/").text

    assert "No longer kept" in page
    assert "No longer yours" in page


def test_somebody_without_a_name_is_called_by_the_address_or_number(world, sign_in, add):
    nameless = {"first_name": "", "last_name": None}

    def work(side):
        lead_of(side, side.source, fields={**nameless, "email": "only@mail.example"})
        lead_of(side, side.source, fields={**nameless, "email": "", "phone": "+13125550199"})
        lead_of(side, side.source, fields={**nameless, "email": "", "phone": ""})

    add(work)

    page = sign_in(world.acme.admin).get("/admin/leads/").text

    for name in ("only<wbr>@mail.example", "+13125550199", "Nameless lead"):
        assert name in page


def test_one_lead_is_returned_from_its_page_and_taken_back(world, sign_in, some):
    browser, address = sign_in(world.acme.validation), f"/admin/leads/{some['Fine'].public_id}/"

    asked = browser.get(f"{address}return")
    refused = browser.post(f"{address}return", data={"reason": " "})
    browser.post(f"{address}return", data={"reason": "Never asked for a quote"})
    returned = browser.get(address).text
    browser.post(f"{address}take-back")
    taken_back = browser.get(address).text

    assert "Mark this lead as returned?" in asked.text
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert "is marked as returned" in returned
    assert "Never asked for a quote" in returned
    assert ">Undo<" in returned
    assert "is accepted again" in taken_back


def test_what_is_not_accepted_is_not_asked_about(world, sign_in, some):
    answer = sign_in(world.acme.admin).get(f"/admin/leads/{some['Twice'].public_id}/return")

    assert answer.status_code == 409
    assert "it is not accepted" in answer.text


def test_many_are_returned_from_the_list_with_one_reason(app, world, sign_in, some):
    browser = sign_in(world.acme.support)
    ids = [some["Fine"].public_id, some["Elsewhere"].public_id]

    asked = browser.post("/admin/leads/return", data={"id": ids})
    empty = browser.post("/admin/leads/return", data={"id": ids, "confirmed": "1", "reason": ""})
    done = browser.post(
        "/admin/leads/return", data={"id": ids, "confirmed": "1", "reason": "Nobody answers"}
    )

    assert "Mark 2 leads as returned?" in asked.text
    assert "Fine" in asked.text
    assert empty.status_code == 422
    assert done.status_code == 303
    assert "Returned 2 leads." in browser.get("/admin/leads/").text
    with app.app_context(), across_tenants(db.session):
        states = db.session.scalars(select(Lead.state).where(Lead.return_reason != "")).all()
        assert states == [LeadState.RETURNED] * 3


def test_one_that_cannot_be_returned_keeps_all_as_they_are(app, world, sign_in, some):
    ids = [some["Fine"].public_id, some["Back"].public_id]

    answer = sign_in(world.acme.admin).post(
        "/admin/leads/return", data={"id": ids, "confirmed": "1", "reason": "Nobody answers"}
    )

    assert answer.status_code == 409
    with app.app_context(), across_tenants(db.session):
        assert db.session.get_one(Lead, (world.acme.tenant.id, some["Fine"].id)).return_reason == ""


def test_many_are_taken_back_from_the_list(world, sign_in, some):
    browser = sign_in(world.acme.admin)

    done = browser.post("/admin/leads/take-back", data={"id": [some["Back"].public_id]})

    assert done.status_code == 303
    assert listed(browser.get("/admin/leads/?status=returned")) == []


def test_those_who_only_look_are_offered_no_return(world, sign_in, some):
    browser = sign_in(world.acme.sales)

    assert "Mark returned" not in browser.get("/admin/leads/").text
    assert "Mark returned" not in browser.get(f"/admin/leads/{some['Fine'].public_id}/").text


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_the_export_has_a_column_for_every_field_that_a_mapping_names(world, sign_in, add):
    def work(side):
        row = {"name": "roof", "to": "roof_age", "type": "integer", "required": False}
        mapping_of(side, side.source, [row])
        fields = {"first_name": "Jane", "roof_age": 12, "of_old": "x"}
        lead_of(side, side.source, fields=fields, extra={"campaign": "autumn"})
        lead_of(side, side.other_source, **RETURNED)

    add(work)
    browser = sign_in(world.acme.admin)

    everything = rows_of(browser.get("/admin/leads/export"))
    of_other = rows_of(
        browser.get(f"/admin/leads/export?source={world.acme.other_source.public_id}")
    )

    [back, fine] = sorted(everything, key=lambda row: not row["Return reason"])
    assert fine["roof_age"] == "12"
    assert fine["first_name"] == "Jane"
    assert fine["Other fields"] == '{"of_old": "x"}'
    assert fine["Extra"] == '{"campaign": "autumn"}'
    assert (fine["Source"], fine["Partner"]) == ("acme-source", "acme-partner")
    assert (fine["Payout"], fine["Status"], fine["Test"]) == ("12.50", "accepted", "no")
    assert back["Return reason"] == "The number is not in service"
    assert "roof_age" not in of_other[0]


def test_an_export_reads_all_batches_by_the_same_statements(world, sign_in, some, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 2)
    browser = sign_in(world.acme.admin)

    with counted() as made:
        found = rows_of(browser.get("/admin/leads/export"))

    assert len(found) == 5
    for table in ("source", "partner"):
        of_names = [line for line in made if f"FROM {table} " in line.replace("\n", "")]
        assert len(of_names) >= 3
        assert len(set(of_names)) == 1


def test_a_partners_export_names_no_source_that_is_not_theirs(world, sign_in, add):
    add(lambda side: person(side, "Kept", side.other_source, partner_id=side.partner.id))

    [row] = rows_of(sign_in(world.acme.partner_user).get("/partner/leads/export"))

    assert row["Source"] == "No longer yours"
    assert "Partner" not in row


def test_a_source_has_its_leads_in_a_tab(world, sign_in, some):
    address = f"/admin/sources/{world.acme.other_source.public_id}/leads/"

    for member in (world.acme.admin, world.acme.validation):
        answer = sign_in(member).get(address)

        assert listed(answer) == ["Elsewhere"]
        assert f'href="../../../leads/{some["Elsewhere"].public_id}/"' in answer.text


def test_deleting_a_source_counts_the_leads_that_stay(world, sign_in, some):
    address = f"/admin/sources/{world.acme.source.public_id}/delete"

    page = sign_in(world.acme.admin).get(address).text

    assert "<dt>Leads</dt><dd><b>3</b>" in page  # the trial is none


def test_the_figures_lead_to_the_leads_that_they_count(world, sign_in, add):
    def work(side):
        names = ("Fine", "Back")
        return [received(side, side.source, fields={"first_name": name}) for name in names]

    _fine, back = add(work)
    browser = sign_in(world.acme.admin)
    browser.post(f"/admin/leads/{back.public_id}/return", data={"reason": "Nobody answers"})

    page = browser.get(f"/admin/partners/{world.acme.partner.public_id}/").text

    links = [html.unescape(link) for link in re.findall(r'href="(/admin/leads/[^"]+)"', page)]
    names = ["Fine Doe", "Back Doe"]
    assert [listed(browser.get(link), names) for link in links if "counted=" in link] == [names]
    assert [listed(browser.get(link), names) for link in links if "=returned" in link] == [
        ["Back Doe"]
    ]


def test_the_global_search_finds_a_lead_by_address_number_and_identifier(world, sign_in, some):
    browser, lead = sign_in(world.acme.validation), some["Fine"]

    by_address = browser.get("/admin/search/?q=fine@mail.example")
    by_identifier = browser.get(f"/admin/search/?q={lead.public_id}")
    by_call = browser.get(f"/admin/search/?q=submission_{lead.public_id[5:]}")

    assert f'href="/admin/leads/{lead.public_id}/"' in by_address.text
    assert by_identifier.location == f"/admin/leads/{lead.public_id}/"
    assert by_call.location == f"/admin/submissions/submission_{lead.public_id[5:]}/"


def test_an_empty_list_says_so(world, sign_in):
    assert "No leads yet" in sign_in(world.acme.admin).get("/admin/leads/").text
    assert "No leads yet" in sign_in(world.acme.partner_user).get("/partner/leads/").text


@pytest.mark.parametrize(
    ("many", "words", "link"),
    [(1, "1 test lead is hidden.", "Show it"), (8, "8 test leads are hidden.", "Show them")],
)
def test_an_empty_list_leads_to_the_test_leads_that_it_hides(
    world, sign_in, add, many, words, link
):
    add(lambda side: [person(side, "Trial", is_test=True) for _ in range(many)])
    browser = sign_in(world.acme.admin)
    tab = f"/admin/sources/{world.acme.source.public_id}/leads/"

    page = browser.get(tab).text

    assert "No leads yet" in page
    assert words in page
    assert f'href="{tab}?test=yes">{link}</a>' in page
    assert browser.get(f"{tab}?test=yes").text.count(">Trial<") == many
