"""What every list does, shown on the partners: pages by key, search, filters, sort."""

import gzip
import re
from datetime import UTC, datetime
from html import unescape

import pytest
import time_machine
from sqlalchemy import delete, insert, select

from admin_views.keyset import Keyset
from models import Partner, Scope, across_tenants, counting, db, enter
from models.base import key_of, new_id
from models.counting import capped
from tests.statements import counted

LIST = "/admin/partners/"
NAMES = re.compile(r'<th class="clip" scope="row"[^>]*><a [^>]*><bdi>([^<]*)</bdi>')


@pytest.fixture
def partners(app, world):
    """Add partners by name, as a statement: `partners("a", "b")`."""

    def add(*names, side=world.acme, **values):
        rows = [
            {
                "tenant_id": side.tenant.id,
                "id": new_id(),
                "name": name,
                "name_key": key_of(name),
                "version": 1,
                **values,
            }
            for name in names
        ]
        with app.app_context(), across_tenants(db.session):
            db.session.execute(insert(Partner), rows)
            db.session.commit()
        return rows

    return add


@pytest.fixture
def browser(world, sign_in):
    return sign_in(world.acme.admin)


def names(answer):
    assert answer.status_code == 200, answer.text
    return NAMES.findall(answer.text)


def step(browser, answer, word):
    """Follow one of the pager's words."""
    href = re.search(rf'<a class="btn btn-secondary" href="([^"]*)"[^>]*>{word}</a>', answer.text)
    assert href, f"{word} is not offered"
    return browser.get(href[1].replace("&amp;", "&"))


def numbered(count):
    return [f"n{number:03}" for number in range(count)]


def walk(browser, start, word):
    pages, answer = [], browser.get(start)
    while True:
        pages.append(names(answer))
        if f">{word}</a>" not in answer.text:
            return pages
        answer = step(browser, answer, word)


def test_next_leads_through_every_row_once(partners, browser):
    partners(*numbered(43))

    pages = walk(browser, f"{LIST}?q=n0&sort=name", "Next")

    assert [len(page) for page in pages] == [20, 20, 3]
    assert [name for page in pages for name in page] == numbered(43)


def test_previous_leads_back_the_same_way_and_fills_the_first_page(partners, browser):
    partners(*numbered(43))

    pages = walk(browser, f"{LIST}?q=n0&sort=name&last=1", "Previous")

    assert pages[0] == numbered(43)[-20:]
    assert pages[1] == numbered(43)[3:23]
    assert pages[2] == numbered(43)[:20]


def test_first_and_last_lead_to_the_ends(partners, browser):
    partners(*numbered(43))
    first = browser.get(f"{LIST}?q=n0&sort=-name")

    last = step(browser, first, "Last")

    assert names(last)[-1] == "n000"
    assert names(step(browser, last, "First")) == names(first)
    assert names(first)[0] == "n042"


def test_the_newest_come_first_unless_asked_otherwise(partners, browser):
    partners(*numbered(3))

    assert names(browser.get(f"{LIST}?q=n0")) == ["n002", "n001", "n000"]
    assert names(browser.get(f"{LIST}?q=n0&sort=added")) == ["n000", "n001", "n002"]


def test_rows_that_tie_are_neither_lost_nor_shown_twice(app, world, partners):
    """Names never tie, so ask the pages themselves, by the status that all rows share."""
    partners(*numbered(9))
    with app.app_context():
        enter(db.session, Scope(world.acme.tenant.id))
        query = select(Partner).where(Partner.name_key.startswith("n0"))
        total = capped(query, Partner.id)
        for descending in (True, False):
            pages = Keyset(query, [Partner.status, Partner.id], descending, 4, total)
            first = pages.first()
            second = pages.after(first.rows[-1])
            third = pages.after(second.rows[-1])

            seen = [row.name for found in (first, second, third) for row in found.rows]
            assert seen == sorted(numbered(9), reverse=descending)
            assert pages.before(third.rows[0]).rows == second.rows
            assert pages.last().rows == [*second.rows, *third.rows][-4:]


def test_behind_the_last_row_there_is_the_last_page(partners, browser):
    rows = partners(*numbered(3))
    newest_last = f"{LIST}?q=n0&sort=name&after={Partner(id=rows[-1]['id']).public_id}"

    assert names(browser.get(newest_last)) == numbered(3)


def test_as_many_rows_as_asked_for_are_on_a_page(partners, browser):
    partners(*numbered(60))

    answer = browser.get(f"{LIST}?q=n0&size=50")

    assert len(names(answer)) == 50
    assert "size=50" in re.search(r'href="([^"]*)" rel="next"', answer.text)[1]
    assert '<b aria-current="true">50</b>' in answer.text


def test_a_page_of_two_hundred_that_was_offered_once_shows_a_hundred(partners, browser):
    partners(*numbered(130))

    answer = browser.get(f"{LIST}?q=n&size=200")

    assert len(names(answer)) == 100
    assert "size=100" in re.search(r'href="([^"]*)" rel="next"', answer.text)[1]


def test_the_head_of_a_column_turns_the_sort_round(partners, browser):
    answer = browser.get(f"{LIST}?sort=name")

    assert 'aria-sort="ascending"><a href="/admin/partners/?sort=-name">Name' in answer.text


NAMED = (
    "Bright 100% Media",
    "und_under",
    'Say "Hi" Ltd',
    "O'Rourke",
    "a\\b Slash",
    "ﬁrst & Co",
    "شركة عربية",
    "a/b path",
    "😀 leads",
)
SEARCHES = {
    "br": ["Bright 100% Media"],
    "BRIGHT": ["Bright 100% Media"],
    "100%": ["Bright 100% Media"],
    "0% m": ["Bright 100% Media"],
    "%": [],
    "_un": ["und_under"],
    "_": [],
    "d_u": ["und_under"],
    'say "hi"': ['Say "Hi" Ltd'],
    '"': [],
    "o'r": ["O'Rourke"],
    "o'": ["O'Rourke"],
    "a\\b": ["a\\b Slash"],
    "\\": [],
    "NOT": [],
    "say AND hi": [],
    "say*": [],
    "name_key:say": [],
    "NEAR(a b)": [],
    "^say": [],
    "(((": [],
    "ﬁr": ["ﬁrst & Co"],
    "first": ["ﬁrst & Co"],
    "عربي": ["شركة عربية"],
    "/": [],
    "a/b": ["a/b path"],
    "😀": ["😀 leads"],
    "x" * 300: [],
}


def test_the_search_finds_what_was_typed_and_takes_it_for_nothing_else(partners, browser):
    partners(*NAMED)

    answers = {typed: browser.get(LIST, query_string={"q": typed}) for typed in SEARCHES}

    assert {typed: [unescape(n) for n in names(a)] for typed, a in answers.items()} == SEARCHES


def test_a_search_of_blanks_is_no_search(world, browser):
    assert "acme-partner" in names(browser.get(f"{LIST}?q=%20%20"))


def test_filters_combine_and_stay_in_every_link(partners, browser):
    partners(*numbered(25), status="paused")
    partners("n999")

    answer = browser.get(f"{LIST}?q=n0&status=paused&without=source&sort=name")

    assert names(answer) == numbered(25)[:20]
    forward = re.search(r'href="([^"]*)" rel="next"', answer.text)[1]
    for kept in ("q=n0", "status=paused", "without=source", "sort=name"):
        assert kept in forward
    assert "Remove filter: status" in answer.text
    assert "n999" not in answer.text


def test_archived_rows_are_hidden_unless_asked_for(partners, browser):
    partners("n-old", status="archived")

    assert "n-old" not in names(browser.get(LIST))
    assert names(browser.get(f"{LIST}?status=archived")) == ["n-old"]


def test_counting_stops_at_ten_thousand(partners, browser, app, monkeypatch):
    monkeypatch.setitem(app.extensions, "long_lists", {})
    partners(*(f"m{number}" for number in range(10_001)))

    assert "of <strong>10,000+</strong> partners" in browser.get(LIST).text
    assert "of <strong>111</strong> partners" in browser.get(f"{LIST}?q=m99").text


def test_what_was_more_than_is_counted_is_counted_again_after_a_minute(
    partners, browser, app, stored, monkeypatch
):
    monkeypatch.setitem(app.extensions, "long_lists", {})
    monkeypatch.setattr(counting, "CAP", 20)
    partners(*(f"m{number}" for number in range(21)))
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        assert "of <strong>20+</strong> partners" in browser.get(LIST).text
        assert "of <strong>20+</strong> partners" in browser.get(f"{LIST}?q=m").text

        stored(lambda: db.session.execute(delete(Partner).where(Partner.name_key.like("m1%"))))
        assert "of <strong>20+</strong> partners" in browser.get(LIST).text
        assert "of <strong>10</strong> partners" in browser.get(f"{LIST}?q=m").text

        clock.shift(61)
        assert "20+" not in browser.get(LIST).text


def test_a_list_is_not_narrowed_to_more_partners_than_can_be_looked_up(partners, browser):
    partners(*(f"many{number}" for number in range(101)))

    refused = browser.get("/admin/sources/?partner=many")

    assert refused.status_code == 400
    assert "More than 100 partners have that in their names" in refused.text
    assert browser.get("/admin/sources/?partner=many100").status_code == 200


def test_an_empty_list_says_why(partners, browser):
    answer = browser.get(f"{LIST}?q=nobody-is-called-this")

    assert "No partner fits" in answer.text
    assert "Change the search or remove a filter" in answer.text


def test_a_short_search_says_that_it_looks_at_beginnings(partners, browser):
    partners("Northwind")

    answer = browser.get(f"{LIST}?q=hw")

    assert names(answer) == []
    assert "One or two letters find beginnings only." in answer.text
    assert names(browser.get(f"{LIST}?q=hwi")) == ["Northwind"]


ARCHIVED = {"status": "archived"}


def test_a_search_tells_of_what_it_finds_in_the_archive(partners, browser):
    partners("Northwind")
    partners("Northwind (old)", "Northlight", **ARCHIVED)

    some, none = browser.get(f"{LIST}?q=northw"), browser.get(f"{LIST}?q=northl&sort=name")

    assert re.search(r'<a href="[^"]*">1 archived partner matches</a>', some.text)
    [link] = re.findall(r'<a href="([^"]*)">1 archived partner matches</a>', none.text)
    assert names(browser.get(unescape(link))) == ["Northlight"]
    assert "sort=name" in link


def test_the_archive_is_not_mentioned_where_it_would_not_help(partners, browser):
    partners("Northwind")
    partners("Eastwind", "Eastlight", **ARCHIVED)
    partners(*numbered(21))
    partners("n0-old", **ARCHIVED)

    found = ("?q=northwind", "?q=east&status=paused", "?q=east&status=archived", "", "?q=n0")

    assert all("archived partner" not in browser.get(LIST + query).text for query in found)
    assert "2 archived partners match" in browser.get(f"{LIST}?q=east").text


JUNK = (
    "sort=password",
    "sort=--name",
    "sort=name;drop",
    "size=0",
    "size=-1",
    "size=1e9",
    "size=21",
    "status=gone",
    "status=' OR 1=1",
    "without=everything",
    "manager=nobody",
    "manager=partner_01jd3k8q5ve2tr9w6x0m4z7ahc",
    "after=1&before=2",
    "last=1&after=1",
    "q=a&q=b",
    "status=active&status=paused",
    "q=%00",
)
NO_ROWS = ("1", "x", "partner_", "partner_01jd3k8q5ve2tr9w6x0m4z7ahc", "user_x", "%F0%9F%98%80")


@pytest.mark.parametrize("page", ["", "export"])
def test_what_no_link_of_the_list_says_is_refused(browser, page):
    answers = {junk: browser.get(f"{LIST}{page}?{junk}", buffered=True) for junk in JUNK}

    assert {junk: answer.status_code for junk, answer in answers.items()} == dict.fromkeys(
        JUNK, 400
    )


@pytest.mark.parametrize("side", ["after", "before"])
def test_a_cursor_that_names_no_row_is_not_found(world, browser, side):
    cursors = (*NO_ROWS, world.rival.partner.public_id)

    answers = {cursor: browser.get(f"{LIST}?{side}={cursor}") for cursor in cursors}

    assert {answer.status_code for answer in answers.values()} == {404}
    assert not any("rival" in answer.text for answer in answers.values())


def test_a_manager_of_another_tenant_is_no_filter(world, browser):
    answer = browser.get(f"{LIST}?manager={world.rival.admin.public_id}")

    assert answer.status_code == 404


def test_a_page_takes_as_many_statements_for_ten_rows_as_for_a_thousand(partners, browser):
    asked = ("", "?sort=name", "?last=1", "?q=m&status=active")
    numbers = []
    for count in (40, 1000):
        partners(*(f"m{count}-{number}" for number in range(count)))
        for query in asked:
            with counted() as made:
                browser.get(LIST + query)
            numbers.append(len(made))

    assert numbers[:4] == numbers[4:]
    assert max(numbers) <= 8


def test_a_page_behind_a_cursor_stays_in_the_budget(partners, browser, world):
    partners(*numbered(60))
    url = f"{LIST}?manager={world.acme.admin.public_id}&before={world.acme.partner.public_id}"

    with counted() as made:
        assert browser.get(url).status_code == 200

    assert len(made) <= 8


def test_a_page_of_twenty_rows_is_light(partners, browser):
    partners(*(f"Brightwater Media Partners {number}" for number in range(40)))

    page = browser.get(LIST).data

    assert len(page) <= 28 * 1024
    assert len(gzip.compress(page)) <= 6 * 1024


def test_enter_in_the_search_box_searches_and_adds_no_filter(world, sign_in):
    """A browser sends the first button of a form on Enter; filters are buttons of it too."""
    page = sign_in(world.acme.admin).get("/admin/partners/").text

    form = page[page.index('id="narrow"') :]
    first = form[form.index("<button") :]

    assert first.startswith('<button class="sr-only" tabindex="-1">Search</button>')


@pytest.fixture
def tied(partners):
    """Forty-three partners of which every three have received the same, twelve nothing at all."""
    for number, name in enumerate(numbered(43)):
        partners(name, received_30=max(0, number // 3 - 3))


def test_the_order_by_what_was_received_loses_nobody_where_numbers_tie(tied, browser):
    for sort, way in (("received", 1), ("-received", -1)):
        forth = walk(browser, f"{LIST}?q=n0&sort={sort}", "Next")
        back = walk(browser, f"{LIST}?q=n0&sort={sort}&last=1", "Previous")

        assert [name for page in forth for name in page] == numbered(43)[::way]
        assert [name for page in back[::-1] for name in page][-40:] == numbered(43)[::way][-40:]


@pytest.mark.parametrize(("asked", "found"), [("1", 3), ("100", 2), ("1000", 1), ("none", 1)])
def test_partners_are_narrowed_to_what_they_received(partners, browser, asked, found):
    for received in (0, 1, 100, 1000):
        partners(f"n{received:03}", received_30=received, status="archived")
        partners(f"n{received:03}-open", received_30=received)

    listed = names(browser.get(f"{LIST}?q=-open&received={asked}&sort=-received"))

    assert len(listed) == found
    assert all(name.endswith("-open") for name in listed)


def test_numbers_are_sorted_the_highest_first_and_then_turned(tied, browser):
    heads = [browser.get(f"{LIST}{asked}").text for asked in ("", "?sort=-received")]

    assert '<a href="/admin/partners/?sort=-received">Received, 30 days</a>' in heads[0]
    assert 'aria-sort="descending"><a href="/admin/partners/?sort=received">Received' in heads[1]


def test_a_filter_by_what_was_received_says_so_in_words(tied, browser):
    text = browser.get(f"{LIST}?received=1000").text

    assert "Received, 30 days:<b>at least 1,000</b>" in text
    assert browser.get(f"{LIST}?received=17").status_code == 400
