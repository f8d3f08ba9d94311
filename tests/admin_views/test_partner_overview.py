"""A partner's page: the overview, editing, and pausing, archiving and back."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models import (
    Flow,
    Invite,
    Letter,
    Membership,
    Partner,
    PartnerStatus,
    Source,
    across_tenants,
    db,
    now,
)
from operations import partners, tags
from tests.keys import called, credential_of
from tests.statements import counted


@pytest.fixture
def browser(world, sign_in):
    return sign_in(world.acme.admin)


@pytest.fixture
def url(world):
    return f"/admin/partners/{world.acme.partner.public_id}/"


@pytest.fixture
def kept(world, inside):
    def look():
        with inside(world.acme):
            return db.session.scalar(select(Partner).where(Partner.id == world.acme.partner.id))

    return look


@pytest.fixture
def change(app):
    """Write straight to the tables, as something that happened before."""

    def write(table, *where, **values):
        with app.app_context(), across_tenants(db.session):
            db.session.execute(update(table).where(*where).values(**values))
            db.session.commit()

    return write


SAVED = {"name": "acme-partner", "account_manager": "", "show_returned": "y", "version": "1"}


def typed(**values):
    return {**SAVED, "notes": "new", **values}


def test_the_page_shows_who_it_is_and_what_it_has(world, browser, url):
    text = browser.get(url).text

    for shown in ("<bdi>acme-partner</bdi>", world.acme.partner.public_id, "acme-partner-notes"):
        assert shown in text
    assert 'Users<span class="count">2</span>' in text
    assert "Partners</a>" in text


def test_the_section_partners_stays_marked(browser, url):
    assert 'href="/admin/partners/" aria-current="page"' in browser.get(url).text


@pytest.mark.parametrize("address", ["", "edit"])
def test_another_tenants_partner_is_not_found(world, browser, address):
    answer = browser.get(f"/admin/partners/{world.rival.partner.public_id}/{address}")

    assert answer.status_code == 404
    assert "rival" not in answer.text


@pytest.mark.parametrize("deed", ["edit", "pause", "resume", "archive", "restore"])
def test_nothing_is_done_to_another_tenants_partner(world, browser, deed):
    url = f"/admin/partners/{world.rival.partner.public_id}/{deed}"

    assert browser.post(url, data=typed()).status_code == 404


@pytest.mark.parametrize("junk", ["1", "partner_", "source_01jd3k8q5ve2tr9w6x0m4z7ahc", "%00"])
def test_an_address_that_names_no_partner_is_not_found(browser, junk):
    assert browser.get(f"/admin/partners/{junk}/").status_code in {400, 404}


def test_a_menu_offers_what_the_role_may_do(world, sign_in, browser, url):
    everything = ("Edit partner", "Assign sources", "Preview partner panel", "Archive partner")

    text = browser.get(url).text
    of_sales = sign_in(world.acme.sales).get(url).text

    assert [word for word in everything if f">{word}</a>" in text] == list(everything)
    assert [word for word in everything if word in of_sales] == ["Preview partner panel"]
    assert "Invite user" in of_sales
    assert "All activity" not in of_sales


@pytest.mark.parametrize("deed", ["edit", "pause", "resume", "archive", "restore"])
def test_sales_change_nothing(world, sign_in, url, deed):
    assert sign_in(world.acme.sales).post(url + deed, data=typed()).status_code == 403


def test_sales_are_not_asked_to_pause(world, sign_in, url):
    assert sign_in(world.acme.sales).get(f"{url}?pause").status_code == 403


def test_what_needs_attention_is_said_with_the_way_to_mend_it(world, browser, url, change):
    change(Membership, Membership.id == world.acme.partner_admin.id, removed_at=now())
    letter_id = world.acme.invite.letter_id
    failed = {"sent_at": None, "failed_at": now(), "answer": "550 no such mailbox"}
    change(Letter, Letter.id == letter_id, **failed)

    text = browser.get(url).text

    assert "There is no Partner Admin" in text
    assert "acme-invitee@mail.example: “550 no such mailbox”." in text
    assert f'href="{url}invites/?invite"' in text


def test_an_expired_invite_and_a_missing_source_need_attention(world, browser, url, change):
    past = now() - timedelta(days=1)
    change(Invite, Invite.id == world.acme.invite.id, expires_at=past)
    other = f"/admin/partners/{world.acme.other_partner.public_id}/"

    assert "1 invite expired" in browser.get(url).text
    assert "There is no Partner Admin" in browser.get(other).text
    assert "No source is assigned" not in browser.get(url).text


def test_an_archived_partner_stays_readable_and_offers_only_the_way_back(browser, url):
    browser.post(f"{url}archive")

    text = browser.get(url).text

    assert ">Restore partner</button>" in text
    for word in ("Invite user", "Assign sources", "Pause partner", "Needs attention</h2><span"):
        assert word not in text


@pytest.mark.parametrize("task", ["pause", "archive"])
def test_before_a_sharp_action_what_changes_is_counted(browser, url, kept, task):
    text = browser.get(f"{url}?{task}").text

    assert f'action="{url}{task}"' in text
    assert "<dt>People</dt><dd><b>2</b>" in text
    assert kept().status is PartnerStatus.ACTIVE


def test_a_paused_partners_page_says_what_that_means(world, sign_in, browser, url, change):
    change(Partner, Partner.id == world.acme.partner.id, status=PartnerStatus.PAUSED)

    page, read = browser.get(url).text, sign_in(world.acme.sales).get(url).text

    assert "acme-partner is paused.</strong> Its 1 source answers 403" in page
    assert ">Resume<" in page.replace("\n", "")
    assert "is paused.</strong>" in read
    assert ">Resume<" not in read.replace("\n", "")


def test_a_task_that_is_done_already_is_not_offered_again(browser, url):
    browser.post(f"{url}archive")

    assert '<form class="task' not in browser.get(f"{url}?archive").text
    assert '<form class="task' not in browser.get(f"{url}?pause").text


@pytest.mark.parametrize(("deed", "done"), [("pause", "paused"), ("archive", "archived")])
def test_a_sharp_action_says_what_was_done_and_offers_undo(browser, url, kept, deed, done):
    answer = browser.post(url + deed)

    assert (answer.status_code, answer.location) == (303, url)
    assert kept().status.value == done
    text = browser.get(url).text
    assert f"acme-partner was {done}." in text
    assert ">Undo</button>" in text


def test_undo_from_the_message_brings_the_status_back(browser, url, kept):
    browser.post(f"{url}pause")
    page = browser.get(url).text
    undo = page.split(">Undo</button>")[0].rsplit('formaction="', 1)[1].split('"')[0]

    browser.post(undo)

    assert kept().status is PartnerStatus.ACTIVE


@pytest.mark.parametrize(("first", "back"), [("pause", "resume"), ("archive", "restore")])
def test_there_is_a_way_back(browser, url, kept, first, back):
    browser.post(url + first)

    browser.post(url + back)

    assert kept().status is PartnerStatus.ACTIVE


def test_what_is_not_legal_now_is_refused(browser, url):
    answer = browser.post(f"{url}resume")

    assert answer.status_code == 409
    assert "acme-partner is active now." in answer.text


def test_the_form_shows_what_is_saved(world, browser, url, inside):
    with inside(world.acme) as actor:
        found = db.session.scalar(select(Partner).where(Partner.id == world.acme.partner.id))
        manager_id = world.acme.sales.id
        partners.edit(actor, found, 1, tags="b, a", account_manager_id=manager_id, phone="555 0100")
        db.session.commit()

    text = browser.get(f"{url}edit").text

    assert 'value="a, b"' in text
    assert f'<option selected value="{world.acme.sales.public_id}">acme-sales</option>' in text
    assert 'value="555 0100"' in text
    assert '<input id="version" name="version" type="hidden" value="2">' in text


def test_what_was_typed_is_saved(world, browser, url, kept, inside):
    answer = browser.post(f"{url}edit", data=typed(tags="x", website="example.com"))

    assert (answer.status_code, answer.location) == (303, url)
    assert (kept().notes, kept().website) == ("new", "https://example.com")
    with inside(world.acme):
        assert tags.of(world.acme.partner) == ["x"]
    assert "The partner was saved." in browser.get(url).text


def test_saving_what_is_saved_already_says_so(browser, url):
    browser.post(f"{url}edit", data=typed(notes="acme-partner-notes"))

    assert "Nothing was different" in browser.get(url).text


def test_what_cannot_be_taken_is_refused_beside_its_field(browser, url, kept):
    for wrong in ({"name": ""}, {"name": "acme-other"}, {"tags": "x" * 41}):
        answer = browser.post(f"{url}edit", data=typed(**wrong))

        assert answer.status_code == 422
        assert f'id="{next(iter(wrong))}-error"' in answer.text

    assert kept().notes == "acme-partner-notes"


def test_whoever_saves_second_keeps_what_they_typed_and_sees_what_is_saved(browser, url, kept):
    browser.post(f"{url}edit", data=typed(notes="first"))

    answer = browser.post(f"{url}edit", data=typed(notes="second"))

    assert answer.status_code == 409
    assert ">second</textarea>" in answer.text.replace("\r\n", "").replace("\n", "")
    assert "Saved meanwhile: “first”" in answer.text
    assert 'name="version" type="hidden" value="2"' in answer.text
    assert kept().notes == "first"


def test_saving_again_after_the_comparison_takes_effect(browser, url, kept):
    browser.post(f"{url}edit", data=typed(notes="first"))

    browser.post(f"{url}edit", data=typed(notes="second", version="2"))

    assert kept().notes == "second"


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "²"])
def test_a_form_that_names_no_version_is_refused(browser, url, version):
    assert browser.post(f"{url}edit", data=typed(version=version)).status_code == 400


def test_a_manager_who_left_the_team_is_still_named(world, browser, url, change):
    manager_id = world.acme.sales.id
    change(Partner, Partner.id == world.acme.partner.id, account_manager_id=manager_id)
    change(Membership, Membership.id == manager_id, removed_at=now())

    assert "acme-sales (left the team)" in browser.get(f"{url}edit").text
    assert "(left the team)" in browser.get(url).text


def test_the_page_stays_within_its_statements(browser, url):
    for page in (url, f"{url}?archive", f"{url}edit"):
        with counted() as made:
            browser.get(page)

        assert len(made) <= 12


def test_a_silent_source_is_named_and_led_to(world, browser, url, change):
    source = world.acme.source
    change(Source, Source.id == source.id, flow=Flow.SILENT, flow_since=now())

    page = browser.get(url).text

    assert "A source is silent" in page
    assert f'href="/admin/sources/{source.public_id}/">Open source' in page


@pytest.mark.parametrize("task", ["pause", "archive"])
def test_the_calls_that_will_be_refused_are_counted(world, browser, url, stored, task):
    stored(lambda: called(world.acme, credential_of(world.acme), 7))
    stored(lambda: called(world.acme, credential_of(world.acme), 5, hours_ago=30))

    page = browser.get(f"{url}?{task}").text

    assert "Calls in the last 24 hours</dt><dd><b>7</b>" in page
