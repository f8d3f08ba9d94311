"""Lists in Chromium: at every width all that a row says is in sight, and ticking moves no row."""

from dataclasses import replace

import pytest

from tests.servers import serving
from tests.test_bulk_in_browser import sign_in
from tests.world import partner_of

pytestmark = pytest.mark.browser
LISTS = ("partners", "sources", "leads", "users", "invites", "audit", "team")
TOO_WIDE = """[...document.querySelectorAll(".table-wrap")].some(
    wrap => wrap.scrollWidth > wrap.clientWidth)"""


@pytest.fixture
def site(app, world, add, settings, tmp_path):
    """A running Inflow with more rows than a page shows, one of a long name."""
    names = (*map(str, range(24)), "of-many-long-words-that-no-column-has-the-room-for")
    add(lambda acme: [partner_of(acme.tenant, f"acme-crowd-{name}") for name in names])
    with serving(replace(settings, instance=tmp_path)) as site:
        yield site


def test_no_list_is_wider_than_its_place(world, site, page):
    sign_in(page, site, world.acme.admin)

    wide = []
    for name in LISTS:
        page.goto(f"{site.url}/admin/{name}/")
        for width in (360, 768, 992, 1024, 1199, 1200, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            wide += [(name, width)] if page.evaluate(TOO_WIDE) else []

    assert wide == []


@pytest.mark.parametrize("width", [360, 1024, 1280])
def test_a_row_that_is_ticked_stays_where_it_is(world, site, new_page, width):
    page = new_page(width=width)
    sign_in(page, site, world.acme.admin)
    page.goto(f"{site.url}/admin/partners/")
    boxes = page.locator("tbody .check input")
    before = boxes.nth(1).bounding_box()

    boxes.nth(0).check()

    assert page.get_by_text("1 of 20 selected").is_visible()
    assert boxes.nth(1).bounding_box() == before


def test_all_that_match_are_ticked_until_one_is_not(world, site, page):
    sign_in(page, site, world.acme.admin)
    page.goto(f"{site.url}/admin/partners/")
    boxes, every = page.locator("tbody .check input"), page.locator("[data-all]")
    boxes.nth(0).check()
    matching = page.get_by_label("that match")

    matching.check()
    ticked = [box.is_checked() for box in (*boxes.all(), every)]
    boxes.nth(1).uncheck()

    assert all(ticked)
    assert not matching.is_checked()
    assert not every.is_checked()
    assert "selected" in page.locator("[data-selected]").inner_text()


def test_a_task_that_opens_takes_the_focus_and_names_the_page(world, site, page):
    sign_in(page, site, world.acme.admin)
    partner = f"{site.url}/admin/partners/{world.acme.partner.public_id}/"

    seen = []
    for address in ("?archive", "sources/?assign", "invites/?invite"):
        page.goto(partner + address)
        focused = page.evaluate("document.activeElement.textContent")
        seen.append((focused, page.title().split(" · ")[0]))

    assert seen == [
        ("Archive acme-partner?", "Archive acme-partner?"),
        ("Assign sources to acme-partner", "Assign sources"),
        ("Invite user", "Invite user"),
    ]


def test_the_button_counts_what_will_be_read_as_an_address(world, site, page):
    sign_in(page, site, world.acme.admin)
    page.goto(f"{site.url}/admin/partners/{world.acme.partner.public_id}/invites/?invite")

    said = []
    for typed in ("", "ann@x.example", "a@x.example b@x.example, half", '"B, Ann" C <a@x.example>'):
        page.fill("#addresses", typed)
        said.append(page.locator(".task .btn-primary").inner_text())

    assert said == ["Send invites", "Send 1 invite", "Send 3 invites", "Send 1 invite"]
