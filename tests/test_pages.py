"""Every page in Chromium: nothing for axe to find, no breach of the policy, no sideways scroll."""

from dataclasses import replace
from zlib import crc32

import pytest

from tests.browser import axe
from tests.crawl import kind_of, pages
from tests.servers import serving

pytestmark = pytest.mark.browser

NARROW, WIDE = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
#: Light and dark, where there is room and on a telephone. The dark changes colours only.
CONTRAST = "color-contrast"
LOOKS = (
    ("light", WIDE, ()),
    ("dark", WIDE, (CONTRAST,)),
    ("light", NARROW, ()),
    ("dark", NARROW, (CONTRAST,)),
)
#: To look at all pages takes minutes, so several tests share them.
PARTS = 4
SAME_LOOK = {"sort", "size", "after", "before", "last"}
WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture(scope="module")
def site(house_settings, tmp_path_factory):
    with serving(replace(house_settings, instance=tmp_path_factory.mktemp("site"))) as site:
        yield site


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("visitor", ["admin", "partner_admin", "anybody"])
def test_no_page_has_anything_to_complain_about(house, site, page, complaints, visitor, part):
    found = [one.address for one in pages(house, visitor) if is_worth_a_look(one)]
    house.snapshot.put_back()
    let_in(page, house, site, visitor)

    faults = []
    for address in found:
        # Not by its place: what a page leads to differs from one process to the next.
        endpoint, names = kind_of(house, address)
        if crc32(f"{endpoint} {sorted(names)}".encode()) % PARTS != part:
            continue
        page.goto(site.url + address)
        faults += [f"{address} {fault}" for fault in look(page)]
        faults += [f"{address} {complaint}" for complaint in complaints]
        complaints.clear()

    assert found
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize("visitor", ["admin", "partner_admin"])
def test_a_page_that_is_refused_has_nothing_to_complain_about_either(
    house, site, page, complaints, visitor
):
    let_in(page, house, site, visitor)

    faults = []
    for address in ("/no/such/page", "/admin/partners/abc/", "/partner/", "/admin/team/"):
        page.goto(site.url + address)
        faults += [f"{address} {fault}" for fault in look(page)]

    assert faults == []
    assert complaints == []


def is_worth_a_look(found):
    """The same list in another order or size looks the same."""
    return "<html" in found.text[:200] and not SAME_LOOK & {name for name, _ in found.query}


def let_in(page, house, site, visitor):
    if visitor in house.cookies:
        name, _, value = house.cookies[visitor].partition("=")
        page.context.add_cookies([{"name": name, "value": value, "url": site.url}])


def look(page):
    """Look at the page in each way, and name what is wrong."""
    for scheme, size, rules in LOOKS:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size(size)
        for violation in axe(page, *rules):
            yield f"({scheme}, {size['width']}) {violation}"
        if size is NARROW and (pixels := page.evaluate(WIDER_THAN_THE_WINDOW)) > 0:
            yield f"(360) scrolls sideways by {pixels} pixels"
