"""The partner list, a new partner, and what is done to several at once."""

import re

import pytest
from sqlalchemy import select

from models import Partner, PartnerStatus, db
from operations import metrics, partners, standings, tags
from tests.leads import received, rejected

LIST = "/admin/partners/"


@pytest.fixture
def browser(world, sign_in):
    return sign_in(world.acme.admin)


@pytest.fixture
def kept(world, inside):
    """Look up what is stored: `kept("name")` gives the partner, or None."""

    def look(name):
        with inside(world.acme):
            found = db.session.scalar(select(Partner).where(Partner.name == name))
            return found and (found, tags.of(found))

    return look


@pytest.fixture
def edited(world, inside):
    """Change acme-partner before the test begins."""

    def change(**values):
        with inside(world.acme) as actor:
            found = db.session.scalar(select(Partner).where(Partner.name == "acme-partner"))
            partners.edit(actor, found, found.version, **values)
            db.session.commit()

    return change


def test_staff_see_their_tenants_partners_only(browser):
    answer = browser.get(LIST)

    assert answer.status_code == 200
    assert "acme-partner" in answer.text
    assert "rival-" not in answer.text


def test_somebody_who_is_not_signed_in_is_sent_to_sign_in(world, anybody):
    answer = anybody.get("/admin/partners/?status=active")

    assert answer.status_code == 302
    assert answer.location == "/login?next=/admin/partners/?status%3Dactive"


@pytest.mark.parametrize("role", ["validation", "partner_admin", "partner_user"])
def test_who_does_not_see_partners_is_refused(world, sign_in, role):
    assert sign_in(getattr(world.acme, role)).get(LIST).status_code == 403


def test_a_row_says_what_the_partner_has(world, browser, edited):
    edited(account_manager_id=world.acme.sales.id)

    text = browser.get(f"{LIST}?q=acme-partner").text

    assert '<td data-label="Account manager"><bdi>acme-sales</bdi>' in text
    assert '<td data-label="Sources">1<td data-label="Received, 30 days">0' in text
    assert f'href="{world.acme.partner.public_id}/edit" aria-label="Edit acme-partner"' in text


def test_sales_see_the_list_and_change_nothing(world, sign_in):
    text = sign_in(world.acme.sales).get(LIST).text

    assert "Export CSV" in text
    for word in ("New partner", "Add tag", ">Edit<", ">Pause<"):
        assert word not in text


FILTERS = {
    "tag=auto": ["acme-partner"],
    "tag=AUTO": ["acme-partner"],
    "tag=none-such": [],
    "manager=none": ["acme-other"],
    "without=admin": ["acme-other"],
    "without=source": [],
    "status=paused": [],
}


@pytest.mark.parametrize(("asked", "names"), FILTERS.items())
def test_a_filter_narrows_the_list(world, browser, edited, asked, names):
    edited(tags="auto", account_manager_id=world.acme.sales.id)

    text = browser.get(f"{LIST}?{asked}").text

    shown = [name for name in ("acme-partner", "acme-other") if f"<bdi>{name}</bdi>" in text]
    assert shown == names


def test_the_filter_by_manager_names_whom_it_chose(world, browser, edited):
    edited(account_manager_id=world.acme.sales.id)

    text = browser.get(f"{LIST}?manager={world.acme.sales.public_id}").text

    assert "Account manager:<b>acme-sales</b>" in text
    assert "acme-other" not in text


def typed(**values):
    return {"name": "New One", "account_manager": "", "show_returned": "y", **values}


def test_a_new_partner_is_added_and_shown(world, browser, kept):
    values = typed(tags="b, a", account_manager=world.acme.sales.public_id, deduct_returned="y")

    answer = browser.post(f"{LIST}new", data=values)

    made, made_tags = kept("New One")
    assert (answer.status_code, answer.location) == (303, f"{LIST}{made.public_id}/")
    assert (made_tags, made.account_manager_id) == (["a", "b"], world.acme.sales.id)
    assert (made.show_returned, made.deduct_returned) == (True, True)
    assert "The partner was saved." in browser.get(answer.location).text


def test_what_was_typed_survives_an_error(browser, kept):
    values = typed(contact_email="nobody", phone="call me", notes="keep <this>")

    answer = browser.post(f"{LIST}new", data=values)

    assert answer.status_code == 422
    assert "2 fields need a correction" in answer.text
    assert 'value="nobody"' in answer.text
    assert "keep &lt;this&gt;" in answer.text
    assert kept("New One") is None


@pytest.mark.parametrize("name", ["", "   ", "ACME-partner", "x" * 201, "a\x07b"])
def test_a_name_that_cannot_be_taken_is_refused_beside_its_field(browser, name):
    answer = browser.post(f"{LIST}new", data=typed(name=name))

    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text


def test_one_answer_names_all_that_is_wrong(world, browser):
    sent = typed(name="ACME-partner", contact_email="nobody", version="1")

    answers = [
        browser.post(f"{LIST}new", data=sent),
        browser.post(f"{LIST}{world.acme.other_partner.public_id}/edit", data=sent),
    ]

    for answer in answers:
        assert answer.status_code == 422
        assert 'id="name-error">Another partner has this name already.' in answer.text
        assert 'id="contact_email-error"' in answer.text


@pytest.mark.parametrize("manager", ["rival", "junk"])
def test_nobody_else_becomes_account_manager(world, browser, kept, manager):
    choice = world.rival.admin.public_id if manager == "rival" else "junk"

    answer = browser.post(f"{LIST}new", data=typed(account_manager=choice))

    assert answer.status_code == 422
    assert kept("New One") is None


@pytest.mark.parametrize("address", ["new", "pause", "manager", "tag"])
def test_sales_cannot_change_partners(world, sign_in, address):
    browser = sign_in(world.acme.sales)

    answer = browser.post(LIST + address, data=typed(id=world.acme.partner.public_id))

    assert answer.status_code == 403


def both(world, **more):
    ids = [world.acme.partner.public_id, world.acme.other_partner.public_id]
    return {"id": ids, **more}


def test_pausing_several_says_first_what_it_changes(world, browser, kept):
    answer = browser.post(f"{LIST}pause", data=both(world))

    assert answer.status_code == 200
    assert "Pause 2 partners?" in answer.text
    assert "<dt>Sources</dt><dd><b>2</b>" in answer.text
    assert kept("acme-partner")[0].status is PartnerStatus.ACTIVE


def test_several_are_paused_once_confirmed(world, browser, kept):
    back = f"{LIST}?sort=name"

    answer = browser.post(f"{LIST}pause", data=both(world, confirmed="1", next=back))

    assert (answer.status_code, answer.location) == (303, back)
    assert kept("acme-partner")[0].status is PartnerStatus.PAUSED
    assert "2 partners were paused." in browser.get(back).text


def test_where_one_cannot_be_paused_none_is(world, browser, kept):
    browser.post(f"{LIST}{world.acme.other_partner.public_id}/pause")

    answer = browser.post(f"{LIST}pause", data=both(world, confirmed="1"))

    assert answer.status_code == 409
    assert "acme-other is not active" in answer.text
    assert kept("acme-partner")[0].status is PartnerStatus.ACTIVE


def test_a_selection_with_somebody_elses_row_is_not_found(world, browser, kept):
    ids = [world.acme.partner.public_id, world.rival.partner.public_id]

    answer = browser.post(f"{LIST}pause", data={"id": ids, "confirmed": "1"})

    assert answer.status_code == 404
    assert kept("acme-partner")[0].status is PartnerStatus.ACTIVE


@pytest.mark.parametrize(("ids", "status"), [([], 400), (["junk"], 404)])
def test_a_selection_of_nothing_or_of_junk_is_refused(browser, ids, status):
    assert browser.post(f"{LIST}pause", data={"id": ids}).status_code == status


def test_the_account_manager_of_several_is_asked_for_and_set(world, browser, kept):
    asked = browser.post(f"{LIST}manager", data=both(world))

    done = browser.post(f"{LIST}manager", data=both(world, manager=world.acme.sales.public_id))

    assert "Set the account manager of 2 partners" in asked.text
    assert (done.status_code, done.location) == (303, LIST)
    assert kept("acme-other")[0].account_manager_id == world.acme.sales.id


def test_an_account_manager_of_another_tenant_is_refused(world, browser, kept):
    data = both(world, manager=world.rival.admin.public_id)

    assert browser.post(f"{LIST}manager", data=data).status_code == 422
    assert kept("acme-other")[0].account_manager_id is None


def test_a_tag_for_several_is_asked_for_and_added(world, browser, kept):
    asked = browser.post(f"{LIST}tag", data=both(world))

    done = browser.post(f"{LIST}tag", data=both(world, tag=" Net 30 "))

    assert "Add a tag to 2 partners" in asked.text
    assert done.status_code == 303
    assert kept("acme-other")[1] == ["net 30"]


def test_a_tag_that_cannot_be_one_is_refused_beside_its_field(world, browser, kept):
    answer = browser.post(f"{LIST}tag", data=both(world, tag="a,b"))

    assert answer.status_code == 422
    assert 'id="tag-error"' in answer.text
    assert kept("acme-other")[1] == []


def test_a_deed_leads_back_to_the_list_and_nowhere_else(world, browser):
    for elsewhere in ("https://evil.example/", "//evil.example", "/admin/team/"):
        answer = browser.post(f"{LIST}tag", data=both(world, tag="x", next=elsewhere))

        assert answer.location == LIST


def test_the_page_that_asks_leads_back_to_the_list_as_it_was(world, browser):
    came_from = {"Referer": f"http://localhost{LIST}?status=active"}

    answer = browser.post(f"{LIST}tag", data=both(world), headers=came_from)

    assert f'name="next" value="{LIST}?status=active"' in answer.text


def test_the_list_says_what_each_partner_brought_in_the_last_month(world, browser, stored):
    stored(lambda: standings.follow(world.acme.tenant.id))
    stored(lambda: received(world.acme, world.acme.source))
    stored(lambda: rejected(world.acme, world.acme.source, {"email": ["Required, and not sent."]}))
    stored(lambda: metrics.count(world.acme.tenant.id))

    row = browser.get("/admin/partners/?q=acme-partner").text.split("<tbody>")[1]

    assert '<td data-label="Received, 30 days">2' in row
    assert '<td data-label="Acceptance">50.0 %' in row
    assert re.search(r'<td data-label="Last lead"><span title="[^"]*">just now</span>', row)


def test_a_lead_that_is_counted_takes_its_partner_up(world, browser, stored):
    acme = world.acme
    stored(lambda: standings.follow(acme.tenant.id))
    firsts = []
    for source, times in ((acme.other_source, 2), (acme.source, 1), (acme.source, 2)):
        stored(lambda source=source, times=times: [received(acme, source) for _ in range(times)])
        stored(lambda: metrics.count(acme.tenant.id))
        firsts.append(first_of(browser.get(f"{LIST}?sort=-received")))

    assert firsts == [acme.other_partner.name] * 2 + [acme.partner.name]
    assert first_of(browser.get(f"{LIST}?sort=received&received=1")) == acme.other_partner.name


def first_of(answer):
    return re.search(r"<bdi>(.*?)</bdi>", answer.text.split("<tbody>")[1])[1]
