"""Sources across partners: the list, a source's page, and deeds on selections."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models import (
    Assignment,
    AuditEvent,
    Flow,
    Partner,
    PartnerStatus,
    Source,
    SourceStatus,
    across_tenants,
    db,
    now,
)
from operations import metrics
from tests.many import many_sources
from tests.received import call, calls, recently
from tests.statements import counted

LIST = "/admin/sources/"


def page_of(source):
    return f"{LIST}{source.public_id}/"


def stored(app, source):
    with app.app_context(), across_tenants(db.session):
        return db.session.scalars(select(Source).where(Source.id == source.id)).one()


def was_of(answer):
    return answer.text.split('name="was" value="')[1].split('"')[0]


def event_ids(app, kind):
    with app.app_context(), across_tenants(db.session):
        found = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == kind))
        return [event.public_id for event in found]


def unassign(browser, *sources):
    ids = [source.public_id for source in sources]
    asked = browser.post(f"{LIST}selected/unassign", data={"id": ids})
    assert asked.status_code == 200, asked.text
    return browser.post(f"{LIST}selected/unassign", data={"id": ids, "was": was_of(asked)})


def test_the_list_shows_every_source_of_the_tenant_with_its_partner(world, sign_in):
    answer = sign_in(world.acme.sales).get(LIST)

    assert answer.status_code == 200
    for name in ("acme-source", "acme-free-source", "acme-other-source", "acme-other"):
        assert f"<bdi>{name}</bdi>" in answer.text
    assert "rival-" not in answer.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=live", {"acme-source", "acme-free-source", "acme-other-source"}),
        ("status=paused", set()),
        ("assigned=no", {"acme-free-source"}),
        ("assigned=yes", {"acme-source", "acme-other-source"}),
        ("partner=acme-oth", {"acme-other-source"}),
        ("vertical=Solar", set()),
        ("q=free-sou", {"acme-free-source"}),
        ("q=rival", set()),
        ("partner=rival", set()),
        ("sort=name&assigned=yes", {"acme-source", "acme-other-source"}),
    ],
)
def test_filters_and_search_narrow_the_list(world, sign_in, query, found):
    answer = sign_in(world.acme.admin).get(f"{LIST}?{query}")

    names = ("acme-source", "acme-free-source", "acme-other-source")
    assert answer.status_code == 200
    assert {name for name in names if f"<bdi>{name}</bdi></a>" in answer.text} == found


@pytest.mark.parametrize(
    "query",
    ["status=gone", "assigned=maybe", "sort=notes", "sort=partner", "size=3", "after=x&size=21"],
)
def test_what_no_link_says_is_a_bad_request(world, sign_in, query):
    assert sign_in(world.acme.admin).get(f"{LIST}?{query}").status_code == 400


def test_a_cursor_of_another_tenant_is_not_found(world, sign_in):
    browser = sign_in(world.acme.admin)

    assert browser.get(f"{LIST}?after={world.rival.source.public_id}").status_code == 404
    assert browser.get(f"{LIST}?after=source_1").status_code == 404


def test_verticals_in_use_are_offered_and_nobody_elses(app, world, sign_in):
    many_sources(app, world.acme, 4)
    with app.app_context(), across_tenants(db.session):
        db.session.merge(world.rival.source).vertical = "Secret"
        db.session.commit()

    answer = sign_in(world.acme.admin).get(LIST)

    assert 'name="vertical" value="Medicare"' in answer.text
    assert 'name="vertical" value="Solar"' in answer.text
    assert "Secret" not in answer.text


def test_the_list_asks_the_database_eight_times_at_most(app, world, sign_in):
    many_sources(app, world.acme, 300, world.acme.partner)
    browser = sign_in(world.acme.admin)
    browser.get(LIST)
    taken = []
    for size in (20, 100):
        with counted() as statements:
            assert browser.get(f"{LIST}?size={size}").status_code == 200
        taken.append(len(statements))

    assert taken[0] == taken[1]
    assert taken[0] <= 8


def test_a_page_of_twenty_weighs_28_kilobytes_at_most(app, world, sign_in):
    many_sources(app, world.acme, 20, world.acme.partner)

    answer = sign_in(world.acme.admin).get(LIST)

    assert len(answer.data) <= 28 * 1024


def test_the_export_says_times_exactly_and_states_in_words(world, sign_in):
    answer = sign_in(world.acme.admin).get(f"{LIST}export?q=acme-source", buffered=True)

    header, row = answer.text.strip().splitlines()
    assert header == (
        'Identifier,Source,Status,Vertical,Partner,"Received, 30 days",Assigned,Added'
    )
    cells = row.split(",")
    assert cells[:5] == [world.acme.source.public_id, "acme-source", "live", "", "acme-partner"]
    assert cells[5] == "0"
    assert cells[6].endswith("+00:00")


def test_a_new_source_has_a_page_of_its_own(world, sign_in):
    browser = sign_in(world.acme.support)
    assert browser.get(f"{LIST}new").status_code == 200

    answer = browser.post(
        f"{LIST}new",
        data={"name": "Quote form", "vertical": "Solar", "notes": "a\nb", "status": "test"},
    )

    assert answer.status_code == 303
    shown = browser.get(answer.location)
    assert "Quote form" in shown.text
    assert "Assign to partner…" in shown.text
    assert "The source was saved." in shown.text
    assert "Never assigned" in shown.text


def test_a_new_source_is_saved_with_the_boxes_as_the_form_offers_them(world, sign_in):
    browser = sign_in(world.acme.support)
    ticked = re.findall(r"<input[^>]*checked[^>]*>", browser.get(f"{LIST}new").text)
    offered = [re.search(r'value="(\w+)"', box)[1] for box in ticked if "duplicate_fields" in box]

    answer = browser.post(
        f"{LIST}new", data={"name": "Quotes", "status": "test", "duplicate_fields": offered}
    )

    assert (answer.status_code, offered) == (303, ["email", "phone"])
    assert "Same e-mail and phone within 30 days" in browser.get(answer.location).text


@pytest.mark.parametrize(
    "data",
    [
        {"name": "", "status": "test"},
        {"name": "Acme-SOURCE", "status": "test"},
        {"name": "a\x07", "status": "test"},
        {"name": "a" * 300, "status": "test"},
        {"name": "kept", "vertical": "v" * 81, "status": "test"},
        {"name": "kept", "status": "deleted"},
        {},
    ],
)
def test_what_cannot_be_a_source_is_asked_again_with_what_was_typed(world, sign_in, data):
    answer = sign_in(world.acme.admin).post(f"{LIST}new", data=data)

    assert answer.status_code == 422
    assert "The source was not saved" in answer.text
    assert "kept" in answer.text or data.get("name") != "kept"


WRONG_EVERYWHERE = {
    "name": "",
    "vertical": "v" * 81,
    "payout": "12,50",
    "duplicate_days": "many",
    "rate_limit": "-1",
    "status": "test",
}


@pytest.mark.parametrize("address", [f"{LIST}new", "edit"])
def test_everything_that_is_wrong_with_a_source_is_said_at_once(app, world, sign_in, address):
    where = f"{page_of(world.acme.source)}edit" if address == "edit" else address
    sent = {**WRONG_EVERYWHERE, "version": stored(app, world.acme.source).version}

    answer = sign_in(world.acme.admin).post(where, data=sent)

    named = re.findall(r'id="([a-z_]+)-error"', answer.text)
    assert answer.status_code == 422
    wrong = ["name", "vertical", "payout", "duplicate_fields", "duplicate_days", "rate_limit"]
    assert named == wrong


def test_editing_saves_and_names_the_change(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    version = stored(app, world.acme.source).version
    opened = browser.get(f"{page_of(world.acme.source)}edit").text
    assert 'value="acme-source"' in opened
    assert f'name="version" type="hidden" value="{version}"' in opened

    answer = browser.post(
        f"{page_of(world.acme.source)}edit",
        data={"name": "Renamed", "vertical": "", "notes": "", "version": version},
    )

    assert answer.status_code == 303
    assert stored(app, world.acme.source).name == "Renamed"


def test_an_old_version_answers_409_and_keeps_what_was_typed(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    address, version = f"{page_of(world.acme.source)}edit", stored(app, world.acme.source).version
    browser.post(address, data={"name": "Theirs", "version": version})

    answer = browser.post(address, data={"name": "Mine", "version": version})

    assert answer.status_code == 409
    assert 'value="Mine"' in answer.text
    assert "It now has the name “Theirs”" in answer.text
    assert stored(app, world.acme.source).name == "Theirs"
    assert browser.post(address, data={"name": "Mine", "version": version + 1}).status_code == 303


def test_a_taken_name_is_refused_beside_its_field(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    data = {"name": "ACME-FREE-SOURCE", "version": stored(app, world.acme.source).version}

    answer = browser.post(f"{page_of(world.acme.source)}edit", data=data)

    assert answer.status_code == 422
    assert "There is a source called" in answer.text


@pytest.mark.parametrize("version", ["", "x", "-1", "1.5", "9" * 5000])
def test_a_version_that_no_page_sends_is_a_bad_request(world, sign_in, version):
    data = {"name": "Mine", "version": version}

    answer = sign_in(world.acme.admin).post(f"{page_of(world.acme.source)}edit", data=data)

    assert answer.status_code == 400


def test_pausing_is_asked_done_and_undone(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    address = f"{page_of(world.acme.source)}status"
    assert "403 source_paused" in browser.get(f"{address}?to=paused").text

    answer = browser.post(address, data={"to": "paused"})

    assert answer.status_code == 303
    assert stored(app, world.acme.source).status is SourceStatus.PAUSED
    assert "Undo" in browser.get(answer.location).text
    (event,) = event_ids(app, "source.paused")
    assert browser.post(f"/admin/audit/{event}/undo").status_code == 303
    assert stored(app, world.acme.source).status is SourceStatus.LIVE


def test_a_status_that_does_not_exist_or_holds_already_is_refused(world, sign_in):
    browser, address = sign_in(world.acme.admin), f"{page_of(world.acme.source)}status"

    assert browser.get(f"{address}?to=gone").status_code == 400
    assert browser.get(address).status_code == 400
    assert browser.post(address, data={"to": "gone"}).status_code == 400
    assert browser.get(f"{address}?to=live").status_code == 409
    assert browser.post(address, data={"to": "live"}).status_code == 409


def test_deleting_says_what_it_means_and_can_be_undone(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    asked = browser.get(f"{page_of(world.acme.source)}delete")
    assert "acme-partner loses sight of it at once" in asked.text

    answer = browser.post(f"{page_of(world.acme.source)}delete")

    assert answer.location == LIST
    listed = browser.get(LIST)
    assert "“acme-source” is deleted." in listed.text
    assert "<bdi>acme-source</bdi>" not in listed.text
    (event,) = event_ids(app, "source.deleted")
    browser.post(f"/admin/audit/{event}/undo")
    assert stored(app, world.acme.source).partner_id == world.acme.partner.id


@pytest.mark.parametrize("query", ["", "?to=gone", "?to=live"])
def test_a_status_of_what_is_not_there_is_not_found_whatever_is_asked(world, sign_in, query):
    browser = sign_in(world.acme.admin)
    absent = ("source_00000000000000000000000000", world.rival.source.public_id, "abc")

    for public_id in absent:
        address = f"/admin/sources/{public_id}/status"
        assert browser.get(address + query).status_code == 404
        assert browser.post(address, data={"to": query[4:]}).status_code == 404


def test_a_deleted_source_keeps_its_page_but_nothing_is_done_to_it(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    browser.post(f"{page_of(world.acme.source)}delete")

    shown = browser.get(page_of(world.acme.source))

    assert shown.status_code == 200
    assert "Deleted" in shown.text
    assert "Edit source" not in shown.text
    assert "<bdi>acme-source</bdi>" in browser.get(f"{LIST}?status=deleted").text
    assert browser.get(f"{page_of(world.acme.source)}edit").status_code == 404
    assert browser.post(f"{page_of(world.acme.source)}delete").status_code == 404
    assert (
        browser.post(f"{page_of(world.acme.source)}status", data={"to": "test"}).status_code == 404
    )
    tried = browser.post(f"{LIST}selected/unassign", data={"id": world.acme.source.public_id})
    assert tried.status_code == 409


def test_the_list_says_what_each_source_received_with_whichever_partner(world, sign_in, add):
    def receive(side):
        for source in (side.source, side.free_source):
            calls(3, source, partner=side.partner, **recently())
        calls(2, side.source, partner=side.other_partner, **recently())

    add(receive)
    add(lambda side: metrics.count(side.tenant.id))

    text = sign_in(world.acme.sales).get(LIST).text.split("<tbody>")[1]

    rows = dict(re.findall(r"<bdi>([^<]+)</bdi></a>.*?Received, 30 days\">([^<]*)<", text))
    assert rows == {"acme-source": "5", "acme-free-source": "3", "acme-other-source": "0"}


def test_the_page_tells_which_partners_a_source_was_with(world, sign_in):
    browser = sign_in(world.acme.admin)
    before = browser.get(page_of(world.acme.source)).text.split('id="history"')[1]
    unassign(browser, world.acme.source)

    with counted() as statements:
        answer = browser.get(page_of(world.acme.source))

    history = answer.text.split('id="history"')[1]
    assert "acme-partner" in history
    assert "still open" in before
    assert "still open" not in history
    assert "acme-admin" in history
    assert len(statements) <= 12


def test_the_page_tells_what_became_of_earlier_leads(world, sign_in):
    browser, address = sign_in(world.acme.admin), page_of(world.acme.free_source)
    data = {"id": world.acme.free_source.public_id, "asked": "1", "credit": "since"}
    data |= {"since": "2026-01-31", "partner": world.acme.partner.public_id}

    browser.post(f"{LIST}selected/assign", data=data)

    assert "credited since 2026-01-31" in browser.get(address).text


def test_junk_in_place_of_an_identifier_is_not_found(world, sign_in):
    browser = sign_in(world.acme.admin)

    assert browser.get(f"{LIST}junk/").status_code == 404
    assert browser.get(f"{LIST}{world.acme.partner.public_id}/").status_code == 404


def test_roles_are_offered_what_they_may_do(world, sign_in):
    shown = sign_in(world.acme.sales).get(page_of(world.acme.source)).text
    listed = sign_in(world.acme.sales).get(LIST).text

    for word in ("Edit source", "Unassign", "Delete source", "New source", "Move…"):
        assert f">{word}<" not in shown + listed
    assert sign_in(world.acme.validation).get(LIST).status_code == 403


def test_another_tenants_source_is_not_found_in_any_deed(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    foreign = world.rival.source
    for address in ("", "edit", "status?to=paused", "delete"):
        assert browser.get(f"{page_of(foreign)}{address}").status_code == 404
    for address in ("edit", "status", "delete"):
        data = {"name": "x", "version": "1", "to": "paused"}
        assert browser.post(f"{page_of(foreign)}{address}", data=data).status_code == 404
    for address in ("assign", "move", "unassign"):
        data = {
            "id": [world.acme.source.public_id, foreign.public_id],
            "partner": world.acme.other_partner.public_id,
            "asked": "1",
            "was": "x",
        }
        answer = browser.post(f"{LIST}selected/{address}", data=data)
        assert answer.status_code == 404
        assert browser.get(f"{LIST}selected/{address}?id={foreign.public_id}").status_code == 404
    assert stored(app, world.acme.source).partner_id == world.acme.partner.id
    assert stored(app, foreign).partner_id == world.rival.partner.id


@pytest.mark.parametrize("what", ["assign", "move", "unassign"])
def test_a_selection_of_nothing_or_of_junk_is_refused(world, sign_in, what):
    browser, address = sign_in(world.acme.admin), f"{LIST}selected/{what}"

    assert browser.post(address).status_code == 400
    assert browser.post(address, data={"id": "junk"}).status_code == 404
    assert browser.get(address).location == LIST
    assert browser.get(f"{LIST}selected/").location == LIST


def test_a_selection_is_assigned_to_the_partner_that_was_chosen(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    ids = [source.public_id for source in many_sources(app, world.acme, 3)]
    asked = browser.post(f"{LIST}selected/assign", data={"id": ids})
    assert asked.status_code == 200
    assert "Assign 3 sources to a partner" in asked.text
    assert world.acme.partner.public_id in asked.text
    assert "rival-" not in asked.text

    answer = browser.post(
        f"{LIST}selected/assign",
        data={
            "id": ids,
            "asked": "1",
            "partner": world.acme.partner.public_id,
            "credit": "all",
            "next": f"{LIST}?assigned=no",
        },
    )

    assert answer.location == f"{LIST}?assigned=no"
    with app.app_context(), across_tenants(db.session):
        query = select(Assignment).where(Assignment.credit == "all")
        assert len(db.session.scalars(query).all()) == 3


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 422),
        ({"partner": "junk"}, 404),
        ({"credit": "nonsense", "partner": "own"}, 422),
        ({"credit": "since", "since": "2999-01-01", "partner": "own"}, 422),
        ({"search": "1", "find": "other"}, 200),
        ({"partner": "foreign"}, 404),
    ],
)
def test_what_is_lacking_is_asked_again_and_nothing_is_assigned(app, world, sign_in, data, status):
    own, foreign = world.acme.partner.public_id, world.rival.partner.public_id
    sent = {"id": world.acme.free_source.public_id, "asked": "1", **data}
    sent["partner"] = {"own": own, "foreign": foreign}.get(sent.get("partner"), sent.get("partner"))

    answer = sign_in(world.acme.admin).post(
        f"{LIST}selected/assign", data={name: text for name, text in sent.items() if text}
    )

    assert answer.status_code == status
    assert stored(app, world.acme.free_source).partner_id is None


def test_what_is_with_a_partner_is_not_assigned_but_moved(world, sign_in):
    browser = sign_in(world.acme.admin)

    answer = browser.get(f"{LIST}selected/assign?id={world.acme.source.public_id}")

    assert answer.status_code == 409
    assert "move it instead" in answer.text


def test_moving_names_both_partners_before_it_is_done(app, world, sign_in):
    browser, address = sign_in(world.acme.admin), f"{LIST}selected/move"
    data = {"id": world.acme.source.public_id}
    chosen = browser.get(f"{address}?id={data['id']}").text
    assert world.acme.other_partner.public_id in chosen.split('id="partner-list"')[1]
    assert world.acme.partner.public_id not in chosen.split('id="partner-list"')[1]
    data |= {"asked": "1", "partner": world.acme.other_partner.public_id}
    asked = browser.post(address, data=data)
    assert "from acme-partner to acme-other?" in asked.text
    assert stored(app, world.acme.source).partner_id == world.acme.partner.id

    answer = browser.post(address, data={**data, "was": was_of(asked)})

    assert answer.status_code == 303
    assert stored(app, world.acme.source).partner_id == world.acme.other_partner.id


def test_a_move_without_a_target_is_asked_again(world, sign_in):
    data = {"id": world.acme.source.public_id, "asked": "1"}

    answer = sign_in(world.acme.admin).post(f"{LIST}selected/move", data=data)

    assert answer.status_code == 422
    assert "Choose a partner." in answer.text


@pytest.mark.parametrize("what", ["move", "unassign"])
def test_what_changed_since_it_was_shown_is_shown_again(app, world, sign_in, what):
    browser = sign_in(world.acme.admin)
    data = {"id": world.acme.source.public_id, "was": "as it was before"}
    data |= {"asked": "1", "partner": world.acme.other_partner.public_id}

    answer = browser.post(f"{LIST}selected/{what}", data=data)

    assert answer.status_code == 409
    assert "since you opened this page" in answer.text
    assert stored(app, world.acme.source).partner_id == world.acme.partner.id


def test_unassigning_counts_what_it_means_and_one_undo_takes_it_all_back(app, world, sign_in):
    browser = sign_in(world.acme.support)
    ids = [world.acme.source.public_id, world.acme.other_source.public_id]
    asked = browser.post(f"{LIST}selected/unassign", data={"id": ids})
    for words in (
        "Unassign 2 sources from acme-other and acme-partner?",
        "still work",
        "will not see them any more",
    ):
        assert words in asked.text
    assert '<b>2</b><span class="muted">of acme-other and acme-partner will' in asked.text

    answer = unassign(browser, world.acme.source, world.acme.other_source)

    assert answer.status_code == 303
    shown = browser.get(answer.location).text
    assert "2 sources are unassigned." in shown
    undo = shown.split('formaction="/admin/audit/')[1].split('"')[0]
    assert browser.post(f"/admin/audit/{undo}").status_code == 303
    assert stored(app, world.acme.source).partner_id == world.acme.partner.id
    assert stored(app, world.acme.other_source).partner_id == world.acme.other_partner.id


def test_somebody_else_cannot_undo_it(app, world, sign_in):
    unassign(sign_in(world.acme.support), world.acme.source)
    (event,) = event_ids(app, "source.unassigned")

    answer = sign_in(world.acme.admin).post(f"/admin/audit/{event}/undo")

    assert answer.status_code == 403
    assert stored(app, world.acme.source).partner_id is None


def test_after_a_deed_the_list_is_as_it_was_filtered(world, sign_in):
    browser, ids = sign_in(world.acme.admin), {"id": world.acme.source.public_id}
    came_from = {"Referer": f"http://localhost{LIST}?status=live&q=acme"}
    elsewhere = {"Referer": "http://evil.example/admin/"}

    asked = browser.post(f"{LIST}selected/unassign", data=ids, headers=came_from)
    foreign = browser.post(f"{LIST}selected/unassign", data=ids, headers=elsewhere)

    assert f'name="next" value="{LIST}?status=live&amp;q=acme"' in asked.text
    assert f'name="next" value="{LIST}"' in foreign.text


def test_nobody_is_sent_to_another_site(world, sign_in):
    browser = sign_in(world.acme.admin)
    asked = browser.post(f"{LIST}selected/unassign", data={"id": world.acme.source.public_id})
    data = {"id": world.acme.source.public_id, "was": was_of(asked), "next": "//evil.example"}

    assert browser.post(f"{LIST}selected/unassign", data=data).location == LIST


def test_unassigning_counts_the_leads_that_stay_and_the_keys_that_go_on(world, inside, sign_in):
    with inside(world.acme):
        source, partner = (db.session.merge(row) for row in (world.acme.source, world.acme.partner))
        calls(3, source, partner=partner)
        call(source)
        db.session.commit()

    page = sign_in(world.acme.admin).get(
        f"/admin/sources/selected/unassign?id={world.acme.source.public_id}"
    )

    assert "<dt>Leads</dt><dd><b>3</b>" in page.text
    assert "supplied so far stay credited to acme-partner" in page.text
    assert "<dt>Calls in the last 24 hours</dt><dd><b>0</b>" in page.text


def test_crediting_earlier_leads_says_how_many_and_leads_to_the_progress(world, inside, sign_in):
    with inside(world.acme):
        calls(2, db.session.merge(world.acme.free_source))
        db.session.commit()
    browser, source = sign_in(world.acme.admin), world.acme.free_source.public_id

    asked = browser.get(f"/admin/sources/selected/assign?id={source}")
    answer = browser.post(
        "/admin/sources/selected/assign",
        data={
            "id": source,
            "asked": "1",
            "partner": world.acme.partner.public_id,
            "credit": "all",
        },
        follow_redirects=True,
    )

    assert "There are 2." in asked.text
    assert "Earlier leads are being credited." in answer.text
    assert "/admin/jobs/job_" in answer.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_form_that_comes_with_a_look_is_not_read(world, sign_in, stored, method):
    free, partner = world.acme.free_source, world.acme.partner.public_id
    address = f"/admin/sources/selected/assign?id={free.public_id}&partner={partner}"

    answer = sign_in(world.acme.admin).open(
        address, method=method, data={"asked": "1", "credit": "leave"}
    )

    assert answer.status_code == 200
    assert stored(lambda: db.session.merge(free).partner_id) is None


def test_a_source_that_was_paused_while_it_was_silent_is_paused(world, sign_in, stored):
    silent = update(Source).where(Source.id == world.acme.source.id)
    stored(lambda: db.session.execute(silent.values(flow=Flow.SILENT, status=SourceStatus.PAUSED)))
    browser = sign_in(world.acme.admin)

    row = browser.get("/admin/sources/?q=acme-source").text.split("<tbody>")[1]
    partner = browser.get(f"/admin/partners/{world.acme.partner.public_id}/").text

    assert "Paused" in row
    assert "is silent" not in partner


@pytest.mark.parametrize("status", [PartnerStatus.PAUSED, PartnerStatus.ARCHIVED])
def test_a_source_says_that_its_partner_keeps_it_from_taking_calls(world, sign_in, add, status):
    add(lambda acme: setattr(db.session.merge(acme.partner), "status", status))
    browser, source = sign_in(world.acme.admin), world.acme.source.public_id

    own, mapping = (browser.get(f"/admin/sources/{source}/{tab}").text for tab in ("", "mapping/"))
    rows = browser.get("/admin/sources/").text.split("<tr")

    for page in (own, mapping):
        assert f"Its partner is {status}." in page
        assert f"403 partner_{status}" in page
    [row] = [row for row in rows if source in row]
    assert f'<span class="muted">{status}</span>' in row


def test_a_source_of_a_paused_partner_is_not_called_live_in_its_own_panel(world, sign_in, add):
    add(lambda acme: setattr(db.session.merge(acme.partner), "status", PartnerStatus.PAUSED))
    browser = sign_in(world.acme.partner_user)

    page = browser.get(f"/partner/sources/{world.acme.source.public_id}/").text

    assert "Its calls are refused while you are paused" in page


def test_a_source_whose_calls_are_unusual_says_so_wherever_it_is_named(world, sign_in, stored):
    unusual = update(Source).where(Source.id == world.acme.source.id)
    address = f"sources/{world.acme.source.public_id}/"
    staff, theirs = sign_in(world.acme.admin), sign_in(world.acme.partner_admin)

    pages = {}
    for flow in (Flow.SILENT, Flow.LATE, Flow.SURGING):
        since = now() - timedelta(hours=31)
        change = unusual.values(flow=flow, status=SourceStatus.LIVE, flow_since=since)
        stored(lambda change=change: db.session.execute(change))
        pages[flow] = [
            client.get(f"{panel}{page}").text
            for client, panel in ((staff, "/admin/"), (theirs, "/partner/"))
            for page in (address, "search/?q=acme-source")
        ]

    for flow, texts in pages.items():
        assert all(f">{flow.word}</span>" in text for text in texts)
    for overview in (pages[Flow.SILENT][0], pages[Flow.SILENT][2]):
        assert "No call came for" in overview
        assert "still posts." in overview
    assert "Fewer calls than usual for 31 hours." in pages[Flow.LATE][0]
    assert "Check that nothing posts twice." in pages[Flow.SURGING][2]


def test_a_paused_partner_is_not_asked_why_its_source_is_silent(world, sign_in, stored):
    acme = world.acme
    silent = {"status": SourceStatus.LIVE, "flow": Flow.SILENT, "flow_since": now()}
    stored(
        lambda: db.session.execute(
            update(Source).where(Source.id == acme.source.id).values(**silent)
        )
    )
    browser = sign_in(acme.partner_admin)
    address = f"/partner/sources/{acme.source.public_id}/"
    asked = "Check that the form still posts."
    assert asked in browser.get(address).text

    paused = update(Partner).where(Partner.id == acme.partner.id)
    stored(lambda: db.session.execute(paused.values(status=PartnerStatus.PAUSED)))

    assert asked not in browser.get(address).text
