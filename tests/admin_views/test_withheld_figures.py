"""What a role may not see in a list, it cannot sort, filter or export by either."""

import csv

import pytest

from models import Role
from policy import GRANTS, Permission

LIST = "/admin/partners/"
FIGURES = ["Received, 30 days", "Accepted, 30 days", "Acceptance", "Last lead"]


@pytest.fixture
def browser(world, sign_in, monkeypatch):
    """Somebody who may see partners, and not what they brought."""
    held = GRANTS[Role.SALES] - {Permission.METRICS_VIEW}
    monkeypatch.setitem(GRANTS, Role.SALES, held)
    return sign_in(world.acme.sales)


def test_a_list_shows_and_offers_no_figure_that_is_withheld(browser):
    answer = browser.get(LIST)

    assert answer.status_code == 200
    assert not [figure for figure in FIGURES if figure in answer.text]


def test_a_list_is_not_sorted_by_a_figure_that_is_withheld(browser):
    assert browser.get(f"{LIST}?sort=added").status_code == 200
    assert browser.get(f"{LIST}?sort=received").status_code == 400
    assert browser.get(f"{LIST}?sort=-received").status_code == 400


def test_a_list_is_not_narrowed_by_a_figure_that_is_withheld(browser, world):
    everyone = browser.get(LIST)

    narrowed = browser.get(f"{LIST}?received=1000")

    assert world.acme.partner.name in everyone.text
    assert world.acme.partner.name in narrowed.text


def test_no_export_holds_a_figure_that_is_withheld(browser):
    answer = browser.get(f"{LIST}export", buffered=True)

    head = next(csv.reader(answer.text.splitlines()))
    assert "Name" in head
    assert not set(head) & set(FIGURES)
