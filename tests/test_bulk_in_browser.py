"""All that match, in Chromium: from the list to the job's result and back, and nothing for axe."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from models import Partner, PartnerStatus, db
from tests.browser import axe
from tests.servers import serving
from tests.worker import work
from tests.world import PASSWORD, partner_of

pytestmark = pytest.mark.browser
WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture
def site(app, world, add, settings, tmp_path):
    """A running Inflow without its worker, and more partners than a page shows."""
    made = add(lambda acme: [partner_of(acme.tenant, f"acme-crowd-{n}") for n in range(25)])
    archived = update(Partner).where(Partner.id == made[3].id)
    add(lambda _: db.session.execute(archived.values(status=PartnerStatus.ARCHIVED)))
    with serving(replace(settings, instance=tmp_path)) as site:
        yield site


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_all_that_match_are_paused_and_brought_back(
    app, world, site, new_page, complaints, stored, scripts
):
    page = new_page(width=1280 if scripts else 360, java_script_enabled=scripts)
    sign_in(page, site, world.acme.admin)

    faults = pause_all(page, site, scripts)
    work(app)
    page.reload()
    faults += look(page, scripts)
    paused = count(stored, PartnerStatus.PAUSED)
    page.get_by_role("button", name="Undo").click()
    work(app)

    assert paused == 24
    assert count(stored, PartnerStatus.PAUSED) == 0
    assert faults == []
    assert complaints == []


def pause_all(page, site, scripts):
    """Choose all that match on the list, and confirm it."""
    page.goto(f"{site.url}/admin/partners/?q=crowd&status=active")
    page.get_by_label("Select acme-crowd-24").check()
    page.get_by_label("All 24 that match").check()
    faults = look(page, scripts)
    if scripts and "All 24 selected" not in page.locator(".bulk").inner_text():
        faults.append("the bar does not say that all are selected")
    page.locator(".bulk").get_by_role("button", name="Pause").click()
    faults += look(page, scripts)
    page.get_by_role("button", name="Pause 24 partners").click()
    return faults


def sign_in(page, site, member):
    page.goto(f"{site.url}/login")
    page.fill("[name=email]", member.user.email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def look(page, scripts):
    """What is wrong with the page, where there is room and on a telephone; axe is a script."""
    faults = []
    for width in (360, 1280) if scripts else ():
        page.set_viewport_size({"width": width, "height": 800})
        faults += axe(page)
        faults += ["scrolls sideways"] if page.evaluate(WIDER_THAN_THE_WINDOW) > 0 else []
    return faults


def count(stored, status):
    query = select(Partner.id).where(Partner.status == status)
    return len(stored(lambda: db.session.scalars(query).all()))
