"""The main job in Chromium: from an empty partner to a person at work in it, and out again."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from models import across_tenants, db
from tests.browser import axe
from tests.servers import serving, wait_until
from tests.world import PASSWORD, source_of

pytestmark = pytest.mark.browser

SOURCES = ("acme-auto-form", "acme-home-form", "acme-life-form")
INVITEE, NEW_PASSWORD = "ines@mail.example", "four words in a row"


@pytest.fixture
def site(app, world, settings, smtp, tmp_path):
    """A running Inflow whose mail goes to the test's own server, with three sources to assign."""
    add_sources(app, world)
    settings = replace(settings, instance=tmp_path)
    mail = {"MAIL_SERVER": smtp.host, "MAIL_PORT": str(smtp.port)}
    with serving(settings, with_worker=True, **mail) as site:
        yield site


def add_sources(app, world):
    with app.app_context(), across_tenants(db.session):
        for name in SOURCES:
            source_of(world.acme.tenant, name)
        db.session.commit()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_main_job(world, site, smtp, new_page, complaints, scripts):
    staff = new_page(java_script_enabled=scripts)
    sign_in(staff, site, world.acme.admin.user.email, PASSWORD)

    partner = create_partner(staff, site, "Acme Lead Gen Inc.")
    assign(staff, partner, SOURCES)
    invite(staff, partner, INVITEE)
    link = link_mailed_to(smtp, INVITEE)

    invitee = new_page(java_script_enabled=scripts)
    accept(invitee, link, "Ines Invited", NEW_PASSWORD)
    see_only(invitee, site, SOURCES)

    unassign(staff, partner, SOURCES[0])
    see_only(invitee, site, SOURCES[1:])

    remove(staff, partner, "Ines Invited")
    refused_at_the_next_click(invitee)
    assert complaints == []


def test_resending_kills_the_old_link_and_revoking_kills_it_at_once(
    world, site, smtp, new_page, complaints
):
    staff, stranger = new_page(), new_page()
    sign_in(staff, site, world.acme.admin.user.email, PASSWORD)
    partner = f"{site.url}/admin/partners/{world.acme.partner.public_id}"
    invite(staff, partner, INVITEE)
    first = link_mailed_to(smtp, INVITEE)

    do_to(staff, f"{partner}/invites/", INVITEE, "Resend")
    second = link_mailed_to(smtp, INVITEE, times=2)

    assert stranger.goto(first).status == 410
    assert stranger.goto(second).status == 200
    assert axe(stranger) == []

    do_to(staff, f"{partner}/invites/", INVITEE, "Revoke")

    assert stranger.goto(second).status == 410
    assert axe(stranger) == []
    assert complaints == []


def sign_in(page, site, email, password):
    page.goto(f"{site.url}/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def create_partner(page, site, name):
    """Create it, and tell the address of its page."""
    page.goto(f"{site.url}/admin/partners/")
    page.get_by_role("link", name=re.compile("(New|Create|Add) partner")).first.click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name=re.compile("Create|Save|Add")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    return re.match(r".*/admin/partners/partner_[a-z0-9]+", page.url)[0]


def assign(page, partner, names):
    page.goto(f"{partner}/sources/")
    page.get_by_role("link", name="Assign sources").first.click()
    for name in names:
        page.get_by_label(name).check()
    count_since(page, "2026-01-01")
    page.get_by_role("button", name=re.compile("^Assign")).click()
    for name in names:
        expect(page.get_by_role("main")).to_contain_text(name)


def count_since(page, day):
    """Look what came since a day, which a button asks for where no script does."""
    page.get_by_label("Credit leads received since").fill(day)
    count = page.get_by_role("button", name="Count", exact=True)
    if count.is_visible():
        count.click()
    expect(page.locator("#since-help")).to_contain_text(": 0 leads.")
    page.get_by_label("Leave them as they are").check()


def invite(page, partner, email):
    page.goto(f"{partner}/invites/")
    page.get_by_role("link", name=re.compile("^Invite user")).first.click()
    page.get_by_label("E-mail addresses").fill(email)
    page.get_by_role("button", name=re.compile("^(Send|Invite)")).click()
    expect(page.get_by_role("main")).to_contain_text(email)


def link_mailed_to(smtp, email, times=1):
    """Wait for the mail, and read the link out of it as its reader would."""

    def mailed():
        found = [m for m in smtp.messages if m["To"] and email in m["To"]]
        return found if len(found) >= times else None

    text = wait_until(mailed, f"mail number {times} reaches {email}")[-1]
    return re.search(r"http://\S+/invites/\S+", text.get_body(("plain",)).get_content())[0]


def accept(page, link, name, password):
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Choose a password").fill(password)
    page.get_by_role("button", name=re.compile("join", re.IGNORECASE)).click()
    expect(page).to_have_url(re.compile(r"/partner/"))


def see_only(page, site, names):
    """In the partner panel's list: these sources and nothing else."""
    page.goto(f"{site.url}/partner/sources/")
    rows = page.get_by_role("main").locator("tbody").first.locator("tr")
    expect(rows).to_have_count(len(names))
    for name in names:
        expect(page.get_by_role("main")).to_contain_text(name)


def unassign(page, partner, name):
    do_to(page, f"{partner}/sources/", name, "Unassign")
    page.goto(f"{partner}/sources/")
    expect(page.get_by_role("main").locator("tbody").first).not_to_contain_text(name)


def remove(page, partner, name):
    do_to(page, f"{partner}/users/", name, "Remove")


def do_to(page, address, row, word):
    """Choose a word in a row, and confirm where the page asks."""
    page.goto(address)
    line = page.get_by_role("row").filter(has_text=row)
    line.get_by_text(word, exact=True).first.click()
    page.wait_for_load_state()
    asked = page.get_by_role("main").locator("form button.btn-danger, form button.btn-primary")
    asked = asked.filter(has_text=re.compile(rf"^{word}"))
    if asked.count():
        asked.first.click()
        page.wait_for_load_state()


def refused_at_the_next_click(page):
    """The browser is still open where it was; its next click leads nowhere any more."""
    with page.expect_navigation() as navigation:
        page.get_by_role("link", name="Dashboard").first.click()
    answer = navigation.value
    assert answer.status in {403, 404} or "/partner/" not in answer.url
    expect(page.get_by_role("main")).not_to_contain_text(re.compile("acme-.*-form"))
