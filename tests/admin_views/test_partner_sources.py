"""A partner's sources tab: assigning, what is assigned, what was; and what its people see."""

import re
from datetime import timedelta

from sqlalchemy import select, update

from models import (
    Assignment,
    AuditEvent,
    Flow,
    PartnerStatus,
    Source,
    across_tenants,
    counting,
    db,
    now,
)
from models.assignment import Credit
from operations import metrics
from tests.keys import credential_of
from tests.leads import received
from tests.many import many_sources
from tests.parallel import all_at_once
from tests.received import TODAY, calls
from tests.statements import counted


def tab(side):
    return f"/admin/partners/{side.partner.public_id}/sources/"


def stored(app, query):
    with app.app_context(), across_tenants(db.session):
        return db.session.scalars(query).all()


def partner_of(app, source):
    (partner_id,) = stored(app, select(Source.partner_id).where(Source.id == source.id))
    return partner_id


def open_assignments(app, source):
    query = select(Assignment).where(
        Assignment.source_id == source.id, Assignment.ended_at.is_(None)
    )
    return stored(app, query)


def test_the_tab_lists_the_partners_own_sources(world, sign_in):
    answer = sign_in(world.acme.admin).get(tab(world.acme))

    assert answer.status_code == 200
    assert world.acme.source.public_id in answer.text
    assert world.acme.other_source.public_id not in answer.text
    assert "rival-" not in answer.text
    assert "Nothing has been unassigned yet" in answer.text


def test_the_task_offers_unassigned_sources_only(world, sign_in):
    answer = sign_in(world.acme.admin).get(f"{tab(world.acme)}?assign")

    offered = answer.text.split('id="source-list"')[1].split("</ul>")[0]
    assert world.acme.free_source.public_id in offered
    assert offered.count("<li>") == 1
    assert "Only leads that came while a source was with nobody" in answer.text


def test_sales_may_look_but_is_offered_no_task(world, sign_in):
    browser = sign_in(world.acme.sales)

    looked = browser.get(f"{tab(world.acme)}?assign")
    tried = browser.post(f"{tab(world.acme)}assign", data={"source": world.acme.source.public_id})

    assert looked.status_code == 200
    assert "source-list" not in looked.text
    assert "Assign sources" not in looked.text
    assert tried.status_code == 403


def test_data_validation_sees_no_sources(world, sign_in):
    assert sign_in(world.acme.validation).get(tab(world.acme)).status_code == 403


def test_assigning_leads_back_to_the_tab_and_says_so(app, world, sign_in):
    browser = sign_in(world.acme.support)

    answer = browser.post(
        f"{tab(world.acme)}assign",
        data={"source": world.acme.free_source.public_id, "credit": "leave"},
    )

    assert answer.status_code == 303
    assert answer.location == tab(world.acme)
    assert "“acme-free-source” is assigned to acme-partner." in browser.get(tab(world.acme)).text
    assert partner_of(app, world.acme.free_source) == world.acme.partner.id


def test_what_is_chosen_for_earlier_leads_is_kept(app, world, sign_in):
    data = {
        "source": world.acme.free_source.public_id,
        "credit": "since",
        "since": "2026-01-31",
    }

    sign_in(world.acme.admin).post(f"{tab(world.acme)}assign", data=data)

    (opened,) = open_assignments(app, world.acme.free_source)
    assert opened.credit is Credit.SINCE
    assert str(opened.credit_since) == "2026-01-31"


def test_what_cannot_be_taken_is_asked_again_with_the_choice_kept(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    source = world.acme.free_source.public_id
    for wrong in (
        {"source": source, "credit": "all of them"},
        {"source": source, "credit": "since", "since": ""},
        {"source": source, "credit": "since", "since": "yesterday"},
        {"source": source, "credit": "since", "since": "2999-01-01"},
        {"credit": "leave"},
    ):
        answer = browser.post(f"{tab(world.acme)}assign", data=wrong)

        assert answer.status_code == 422, wrong
        assert "Nothing was assigned" in answer.text
        assert (f'value="{source}" checked' in answer.text) == ("source" in wrong)
    assert partner_of(app, world.acme.free_source) is None


def test_a_day_matters_only_where_one_is_asked_for(app, world, sign_in):
    data = {
        "source": world.acme.free_source.public_id,
        "credit": "leave",
        "since": "nonsense",
    }

    answer = sign_in(world.acme.admin).post(f"{tab(world.acme)}assign", data=data)

    assert answer.status_code == 303
    assert partner_of(app, world.acme.free_source) == world.acme.partner.id


def test_searching_keeps_what_was_ticked_and_changes_nothing(app, world, sign_in):
    many_sources(app, world.acme, 3)
    data = {
        "source": world.acme.free_source.public_id,
        "credit": "leave",
        "find": "bulk-0002",
        "search": "1",
    }

    answer = sign_in(world.acme.admin).post(f"{tab(world.acme)}assign", data=data)

    offered = answer.text.split('id="source-list"')[1].split("</ul>")[0]
    assert answer.status_code == 200
    assert f'value="{world.acme.free_source.public_id}" checked' in offered
    assert "acme-bulk-0002" in offered
    assert "acme-bulk-0001" not in offered
    assert partner_of(app, world.acme.free_source) is None


def test_the_search_looks_in_verticals_too(app, world, sign_in):
    many_sources(app, world.acme, 2)

    answer = sign_in(world.acme.admin).get(f"{tab(world.acme)}?assign&find=MEDI")

    offered = answer.text.split('id="source-list"')[1].split("</ul>")[0]
    assert "acme-bulk-0000" in offered
    assert "acme-bulk-0001" not in offered


def test_a_long_list_is_capped_and_says_so(app, world, sign_in):
    many_sources(app, world.acme, 230)

    answer = sign_in(world.acme.admin).get(f"{tab(world.acme)}?assign")

    offered = answer.text.split('id="source-list"')[1].split("</ul>")[0]
    assert offered.count("<li>") == 50
    assert "50 of 231 unassigned sources are listed" in answer.text


def test_more_sources_than_are_counted_are_said_to_be_more(app, world, sign_in, monkeypatch):
    monkeypatch.setattr(counting, "CAP", 210)
    many_sources(app, world.acme, 230)

    answer = sign_in(world.acme.admin).get(f"{tab(world.acme)}?assign")

    assert "Search 210+ sources by name or vertical" in answer.text
    assert "50 of 210+ unassigned sources are listed" in answer.text
    assert "data-filters" not in answer.text


def test_the_search_alone_leads_back_to_the_task(world, sign_in):
    answer = sign_in(world.acme.admin).get(f"{tab(world.acme)}assign")

    assert answer.location == f"{tab(world.acme)}?assign"


def test_a_source_that_somebody_else_took_is_named_and_nothing_is_assigned(app, world, sign_in):
    data = {
        "source": [world.acme.free_source.public_id, world.acme.other_source.public_id],
        "credit": "leave",
    }

    answer = sign_in(world.acme.admin).post(f"{tab(world.acme)}assign", data=data)

    assert answer.status_code == 409
    assert "“acme-other-source” is with acme-other now." in answer.text
    assert f'value="{world.acme.free_source.public_id}" checked' in answer.text
    assert partner_of(app, world.acme.free_source) is None


def test_another_tenants_source_is_not_found_and_nothing_is_assigned(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    for other in (world.rival.free_source.public_id, "source_1", world.acme.partner.public_id, ""):
        data = {"source": [world.acme.free_source.public_id, other], "credit": "leave"}

        assert browser.post(f"{tab(world.acme)}assign", data=data).status_code == 404
    assert partner_of(app, world.acme.free_source) is None
    assert partner_of(app, world.rival.free_source) is None


def test_another_tenants_partner_is_not_found(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    data = {"source": world.acme.free_source.public_id, "credit": "leave"}

    assert browser.get(tab(world.rival)).status_code == 404
    assert browser.post(f"{tab(world.rival)}assign", data=data).status_code == 404
    assert browser.get(f"{tab(world.rival)}export").status_code == 404
    assert partner_of(app, world.acme.free_source) is None


def test_an_archived_partner_is_offered_no_sources(app, world, sign_in):
    with app.app_context(), across_tenants(db.session):
        db.session.merge(world.acme.partner).status = PartnerStatus.ARCHIVED
        db.session.commit()
    browser = sign_in(world.acme.admin)
    data = {"source": world.acme.free_source.public_id, "credit": "leave"}

    assert "source-list" not in browser.get(f"{tab(world.acme)}?assign").text
    assert browser.post(f"{tab(world.acme)}assign", data=data).status_code == 409


def test_twenty_people_who_assign_one_source_get_one_success(app, world, sign_in):
    data = {"source": world.acme.free_source.public_id, "credit": "leave"}
    places = [world.acme.partner, world.acme.other_partner] * 10
    browsers = [sign_in(world.acme.admin) for _ in places]
    addresses = [f"/admin/partners/{place.public_id}/sources/assign" for place in places]

    answers = all_at_once(
        lambda browser=browser, address=address: browser.post(address, data=data)
        for browser, address in zip(browsers, addresses, strict=True)
    )

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [303] + [409] * 19
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert "“acme-free-source” is with acme-" in refused.text
    assert len(open_assignments(app, world.acme.free_source)) == 1
    assigned = select(AuditEvent).where(AuditEvent.kind == "source.assigned")
    assert len(stored(app, assigned)) == 1


def test_people_whose_selections_overlap_wait_for_each_other(app, world, sign_in):
    ids = [source.public_id for source in many_sources(app, world.acme, 60)]
    selections = [ids if n % 2 else [*reversed(ids[:30]), ids[40]] for n in range(8)]
    browsers = [sign_in(world.acme.admin) for _ in selections]

    answers = all_at_once(
        lambda browser=browser, chosen=chosen: browser.post(
            f"{tab(world.acme)}assign", data={"source": chosen, "credit": "leave"}
        )
        for browser, chosen in zip(browsers, selections, strict=True)
    )

    assert sorted(answer.status_code for answer in answers) == [303] + [409] * 7


def test_what_was_unassigned_is_listed_with_who_did_it(world, sign_in):
    browser = sign_in(world.acme.support)
    source = world.acme.source.public_id
    asked = browser.post("/admin/sources/selected/unassign", data={"id": source})
    was = asked.text.split('name="was" value="')[1].split('"')[0]
    browser.post("/admin/sources/selected/unassign", data={"id": source, "was": was})

    answer = browser.get(tab(world.acme))

    earlier = answer.text.split("Earlier assignments</h2>")[1]
    assert "acme-source" in earlier
    assert "acme-customer-support" in earlier


def test_the_export_holds_the_partners_sources_only(world, sign_in):
    answer = sign_in(world.acme.admin).get(f"{tab(world.acme)}export", buffered=True)

    assert answer.mimetype == "text/csv"
    assert world.acme.source.public_id in answer.text
    assert world.acme.other_source.public_id not in answer.text


def test_the_tab_asks_the_database_as_often_for_ten_as_for_hundreds(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    taken = {}
    for number in (10, 400):
        side = world.acme if number == 10 else world.rival
        many_sources(app, side, number, side.partner)
        many_free(app, side, number)
        browser = sign_in(side.admin)
        browser.get(f"{tab(side)}?assign")
        with counted() as statements:
            assert browser.get(f"{tab(side)}?assign").status_code == 200
        taken[number] = len(statements)

    assert taken[400] <= 12
    assert taken[400] - taken[10] <= 1  # counting beyond one page


def many_free(app, side, number):
    with app.app_context(), across_tenants(db.session):
        db.session.add_all(
            Source(tenant_id=side.tenant.id, name=f"{side.marker}-free-{n:04}")
            for n in range(number)
        )
        db.session.commit()


def test_partner_people_see_their_own_sources_and_no_staff_notes(app, world, sign_in):
    with app.app_context(), across_tenants(db.session):
        db.session.merge(world.acme.source).notes = "acme-secret-note"
        db.session.commit()
    browser = sign_in(world.acme.partner_user)

    listed = browser.get("/partner/sources/")
    shown = browser.get(f"/partner/sources/{world.acme.source.public_id}/")
    exported = browser.get("/partner/sources/export", buffered=True)

    for answer in (listed, shown, exported):
        assert answer.status_code == 200
        assert "acme-source" in answer.text
        assert "acme-secret-note" not in answer.text
        assert "acme-other" not in answer.text
        assert "acme-free" not in answer.text


def test_partner_people_find_no_page_of_anybody_elses_source(world, sign_in):
    browser = sign_in(world.acme.partner_admin)
    for source in (world.acme.other_source, world.acme.free_source, world.rival.source):
        assert browser.get(f"/partner/sources/{source.public_id}/").status_code == 404


def test_partner_people_lose_sight_of_a_source_at_once(world, sign_in):
    partner_person, staff = sign_in(world.acme.partner_user), sign_in(world.acme.admin)
    source = world.acme.source.public_id
    assert partner_person.get(f"/partner/sources/{source}/").status_code == 200
    asked = staff.post("/admin/sources/selected/unassign", data={"id": source})
    was = asked.text.split('name="was" value="')[1].split('"')[0]

    staff.post("/admin/sources/selected/unassign", data={"id": source, "was": was})

    assert partner_person.get(f"/partner/sources/{source}/").status_code == 404
    assert "acme-source" not in partner_person.get("/partner/sources/").text


def test_partner_people_assign_nothing(world, sign_in):
    browser = sign_in(world.acme.partner_admin)
    data = {"id": world.acme.source.public_id, "source": world.acme.source.public_id}
    for address in (
        f"{tab(world.acme)}assign",
        "/admin/sources/selected/assign",
        "/admin/sources/selected/move",
        "/admin/sources/selected/unassign",
        "/admin/sources/new",
        f"/admin/sources/{world.acme.source.public_id}/edit",
        f"/admin/sources/{world.acme.source.public_id}/delete",
    ):
        assert browser.post(address, data=data).status_code == 403, address


def test_each_source_says_what_it_brought_this_partner_and_when_a_key_was_used(
    world, sign_in, inside, stored
):
    with inside(world.acme):
        received(world.acme, world.acme.source)
        credential_of(world.acme, last_used_at=now())
        db.session.commit()
    stored(lambda: metrics.count(world.acme.tenant.id))
    tab = f"/admin/partners/{world.acme.partner.public_id}/sources/"

    staff = sign_in(world.acme.admin).get(tab).text.split("<tbody>")[1]
    theirs = sign_in(world.acme.partner_user).get("/partner/sources/").text.split("<tbody>")[1]

    for row in (staff, theirs):
        assert '<td data-label="Received, 30 days">1' in row
        assert '<td data-label="Acceptance">100.0 %' in row
    assert re.search(r'data-label="Key last used"><span[^>]*>just now', staff)


def test_the_task_says_what_each_source_received_while_it_was_with_nobody(world, sign_in, stored):
    free = world.acme.free_source
    stored(lambda: calls(3, free))
    stored(lambda: metrics.count(world.acme.tenant.id))

    page = sign_in(world.acme.admin).get(f"{tab(world.acme)}?assign").text
    offered = page.split(f'value="{free.public_id}"')[1].split("</label>")[0]

    assert ' data-leads="3"' in offered
    assert "3 leads</span>" in offered


def test_each_choice_for_waiting_leads_says_what_it_means(world, sign_in, stored):
    free = world.acme.free_source
    stored(lambda: calls(3, free))
    stored(lambda: metrics.count(world.acme.tenant.id))
    said = r"3 leads, the first of \d+ [A-Z][a-z]{2} \d{4}\. Adds [^<]*\d\.\d\d to the payout"

    chosen = {"source": free.public_id, "credit": "since"}
    answer = sign_in(world.acme.admin).post(f"{tab(world.acme)}assign", data=chosen)

    assert answer.status_code == 422
    assert "The 3 leads stay without a partner." in answer.text
    assert re.search(said, answer.text)


def test_a_day_says_how_many_leads_came_since_when_the_page_is_asked_again(world, sign_in, stored):
    acme, browser = world.acme, sign_in(world.acme.admin)
    free = acme.free_source
    stored(lambda: (calls(2, free), calls(3, free, day=TODAY - timedelta(days=6))))
    stored(lambda: metrics.count(acme.tenant.id))
    asked = {"search": "1", "credit": "since", "since": TODAY.isoformat()}

    on_the_tab = browser.post(f"{tab(acme)}assign", data={"source": free.public_id, **asked})
    on_the_page = browser.post(
        "/admin/sources/selected/assign", data={"id": free.public_id, **asked}
    )

    for answer in (on_the_tab, on_the_page):
        assert answer.status_code == 200
        assert ">: 2 leads</span>." in answer.text


def test_the_heading_says_how_many_are_silent(world, sign_in, stored):
    source, browser = world.acme.source, sign_in(world.acme.admin)
    own = update(Source).where(Source.id == source.id)
    before = browser.get(tab(world.acme)).text

    stored(lambda: db.session.execute(own.values(flow=Flow.SILENT, flow_since=now())))

    assert '<span class="muted">1 source</span>' in before
    assert '<span class="muted">1 source, 1 silent</span>' in browser.get(tab(world.acme)).text
