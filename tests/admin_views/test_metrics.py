"""The figures on the pages: of the period in the address, for whoever may see them."""

import re
from datetime import timedelta

import pytest

from admin_views.chart import chart
from admin_views.key_figures import ACCEPTANCE, ACCEPTED, change, percent
from admin_views.money import money, short
from models import Outcome, Partner, Source, across_tenants, db
from operations import metric_changes, metrics, periods, rankings
from operations.figures import Figures, Tally
from tests.conftest import actor_of
from tests.received import TODAY, call, calls, recently


@pytest.fixture
def lived(app, world):
    """Acme with calls of today and of a month ago, counted and not."""
    acme = world.acme
    today = recently()
    with app.app_context(), across_tenants(db.session):
        db.session.get_one(Source, (acme.tenant.id, acme.source.id)).payout_cents = 1250
        past = today["day"] - timedelta(days=35)
        calls(2, acme.source, partner=acme.partner, **recently(day=past))
        calls(3, acme.source, partner=acme.partner, **today)
        wrong = {"errors": {"phone": ["is <too> short"]}, "error": "validation_failed"}
        call(acme.source, Outcome.REJECTED, acme.partner, **today, **wrong)
        db.session.commit()
        metrics.count(acme.tenant.id)
        db.session.commit()
        lead = call(acme.source, partner=acme.partner, **today)
        metric_changes.returned(actor_of(acme.admin), [lead])
        calls(7, acme.other_source, partner=acme.other_partner, **today)
        db.session.commit()
    return acme


def shown(text):
    """Read the key figures of a page: word, value."""
    figures = re.search(
        r'aria-label="Figures"><dl class="figures[^"]*">(.*?)</dl>', text, re.DOTALL
    )
    pairs = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", figures[1])
    bare = re.compile(r'<span class="rate">.*?</span>|<[^>]+>')
    return {word: bare.sub("", value).strip() for word, value in pairs}


def test_the_dashboard_counts_the_tenant(lived, sign_in):
    text = sign_in(lived.admin).get("/admin/").text

    assert shown(text) == {
        "Received": "12",
        "Accepted": "11",
        "Acceptance": "91.7 %",
        "Duplicates": "0",
        "Returned": "1",
        "Payout": "$137.50",
    }
    assert "<code>phone</code> <bdi>is &lt;too&gt; short</bdi>" in text
    assert text.index("acme-other") < text.index("acme-partner")


def test_figures_lead_to_the_leads_they_count(lived, sign_in):
    browser, day = sign_in(lived.admin), recently()["day"]

    page = browser.get(f"/admin/partners/{lived.partner.public_id}/?range=today").text
    links = re.findall(r'<a href="(/admin/leads/[^"]+)">', page)
    lists = [browser.get(link.replace("&amp;", "&")) for link in links]

    assert [answer.status_code for answer in lists] == [200, 200]
    assert f"from={day}" in links[0]
    assert lived.partner.public_id in links[0]


def test_a_role_without_metrics_sees_none(lived, sign_in):
    text = sign_in(lived.validation).get("/admin/").text

    assert 'aria-label="Figures"' not in text
    assert "Period" not in text


def test_the_partners_page_compares_its_sources(lived, sign_in):
    text = sign_in(lived.admin).get(f"/admin/partners/{lived.partner.public_id}/").text

    assert (shown(text)["Received"], shown(text)["Accepted"]) == ("5", "4")
    assert "+100.0 %" in text
    assert "Sources by accepted leads" in text
    assert "acme-other-source" not in text


def test_the_sources_page_counts_the_source(lived, sign_in):
    text = sign_in(lived.admin).get(f"/admin/sources/{lived.source.public_id}/").text

    found = shown(text)
    assert (found["Received"], found["Accepted"]) == ("5", "4")
    assert (found["Duplicates"], found["Rejected"]) == ("0", "1")
    assert "$12.50 per accepted lead" in text
    assert "Same e-mail and phone within 30 days" in text


def test_the_partner_panel_counts_the_partners_own(lived, sign_in):
    browser = sign_in(lived.partner_user)

    home = browser.get("/partner/").text
    source = browser.get(f"/partner/sources/{lived.source.public_id}/").text

    assert shown(home) == shown(source)
    assert shown(home) == {
        "Received": "5",
        "Accepted": "4",
        "Acceptance": "80.0 %",
        "Duplicates": "0",
        "Rejected": "1",
        "Returned": "1",
        "Payout": "$50.00",
    }
    assert "$12.50 per accepted lead" in source


def test_a_partner_that_is_not_shown_returns_sees_none(lived, sign_in, app):
    with app.app_context(), across_tenants(db.session):
        partner = db.session.get_one(Partner, (lived.tenant.id, lived.partner.id))
        partner.show_returned = False
        db.session.commit()
    browser = sign_in(lived.partner_admin)

    for address in ("", f"sources/{lived.source.public_id}/", "?table"):
        text = browser.get(f"/partner/{address}").text
        assert "Returned" not in text
        assert shown(text)["Duplicates"] == "0"


def test_the_period_is_in_the_address(lived, sign_in):
    browser = sign_in(lived.admin)

    today = browser.get("/admin/?range=today").text
    quarter = browser.get("/admin/?range=90").text

    assert (shown(today)["Accepted"], shown(quarter)["Accepted"]) == ("11", "13")
    assert '<a href="/admin/?range=90" aria-current="true">90 days</a>' in quarter


def test_an_unknown_period_is_the_usual_one(lived, sign_in):
    text = sign_in(lived.admin).get("/admin/?range=decade").text

    assert 'aria-current="true">30 days</a>' in text


def test_days_of_ones_own_are_asked_for_and_checked(lived, sign_in):
    browser, day = sign_in(lived.admin), recently()["day"]

    fresh = browser.get("/admin/?range=custom").text
    good = browser.get(f"/admin/?range=custom&from={day}&to={day}").text
    bad = browser.get("/admin/?range=custom&from=2026-02-30&to=").text

    assert 'name="from"' in fresh
    assert "Write the day as" not in fresh
    assert shown(good)["Accepted"] == "11"
    assert "Write the day as 2026-11-30. These are the last 30 days." in bad


def test_days_of_ones_own_that_hold_too_much_say_why_nobody_is_ranked(lived, sign_in, monkeypatch):
    monkeypatch.setattr(rankings, "MOST_ADDED", 1)
    browser, today = sign_in(lived.admin), recently()["day"]

    for page in ("/admin/", f"/admin/partners/{lived.partner.public_id}/"):
        text = browser.get(f"{page}?range=custom&from={today.replace(day=1)}&to={today}").text
        assert "These days hold too much to rank" in text


def test_the_same_figures_are_a_table_one_click_away(lived, sign_in):
    browser = sign_in(lived.admin)

    chart_page = browser.get("/admin/?range=7").text
    table_page = browser.get("/admin/?range=7&table=").text

    assert 'href="/admin/?table=&amp;range=7#per-day"' in chart_page
    assert "<title>" in chart_page
    assert table_page.count('<th scope="row">') == 7
    assert 'href="/admin/?range=7#per-day"' in table_page


def test_pages_without_a_call_say_so(world, sign_in):
    text = sign_in(world.acme.admin).get("/admin/").text

    assert "No calls in these days" in text
    assert shown(text)["Acceptance"] == "–"


def test_the_terms_of_a_source_are_typed_in_its_form(lived, sign_in):
    browser = sign_in(lived.admin)
    address = f"/admin/sources/{lived.source.public_id}/"
    form = browser.get(f"{address}edit").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', form)[1]
    typed = {"name": "acme-source", "version": version, "duplicate_fields": ["email"]}
    terms = {"payout": "9.99", "duplicate_days": "60", "rate_limit": "0"}

    refused = browser.post(f"{address}edit", data={**typed, **terms, "payout": "much"})
    saved = browser.post(f"{address}edit", data={**typed, **terms})

    assert (refused.status_code, saved.status_code) == (422, 303)
    assert "Write an amount such as 12.50, with a point before the cents." in refused.text
    page = browser.get(address).text
    assert "$9.99 per accepted lead" in page
    assert "Same e-mail within 60 days" in page


def test_boxes_that_are_all_empty_are_refused(lived, sign_in):
    browser = sign_in(lived.admin)
    address = f"/admin/sources/{lived.source.public_id}/edit"
    version = re.search(r'name="version"[^>]*value="(\d+)"', browser.get(address).text)[1]
    typed = {"name": "acme-source", "version": version, "duplicate_days": "60", "rate_limit": "1"}

    answer = browser.post(address, data=typed)

    assert answer.status_code == 422
    assert "Choose e-mail, phone, or both" in answer.text


def days_of(*accepted):
    period = periods.last(len(accepted), TODAY)
    days = [(day, Tally(accepted=n)) for day, n in zip(period.now, accepted, strict=True)]
    before = [(day, Tally(accepted=1)) for day in period.before]
    return Figures(days, before)


@pytest.mark.parametrize(
    ("highest", "top"), [(0, "2"), (1, "2"), (3, "4"), (7, "8"), (99, "100"), (541, "600")]
)
def test_the_axis_ends_at_a_number_that_reads_well(highest, top):
    assert chart(days_of(0, highest)).heights[0] == top


def test_bars_say_their_day_and_the_one_before():
    drawn = chart(days_of(0, 4))

    assert [bar.title for bar in drawn.bars] == [
        "19 Nov: 0, before 1 (17 Nov)",
        "20 Nov: 4, before 1 (18 Nov)",
    ]
    assert drawn.bars[0].now == ""
    assert drawn.bars[1].now == "M525.0 160v-160.0h30.0V160z"
    assert list(drawn.days) == ["19 Nov", "20 Nov"]


def test_a_shorter_period_before_leaves_the_last_days_alone():
    figures = days_of(1, 2)
    figures.days_before = figures.days_before[:1]

    assert chart(figures).bars[1].title == "20 Nov: 2"


def test_money_is_said_in_its_currency():
    assert money(123450, currency="USD") == "$1,234.50"
    assert money(-5, currency="EUR") == "\N{MINUS SIGN}€0.05"
    assert money(100, currency="CHF") == "CHF\N{NO-BREAK SPACE}1.00"
    assert money(123460, currency="USD", whole=True) == "$1,235"
    assert money(11250, currency="USD", whole=True) == "$113"
    assert money(-11250, currency="USD", whole=True) == "\N{MINUS SIGN}$113"
    assert percent(None) == "–"


def test_large_amounts_are_short(app, world, sign_in):
    browser = sign_in(world.acme.admin)
    with browser:
        browser.get("/admin/")

        assert (short(999_999), short(1_234_567)) == ("$9,999.99", "$12,346")


def test_the_bar_of_today_says_that_it_still_grows():
    figures = days_of(1, 2)

    drawn = chart(figures, figures.days[-1][0])

    assert [bar.is_open for bar in drawn.bars] == [False, True]
    assert "2 so far" in drawn.bars[1].title


def test_beside_next_to_nothing_only_the_figure_before_is_said():
    assert change(ACCEPTED, 30, 10)["delta"] == "+200.0 %"
    assert change(ACCEPTED, 8377, 60) == {"delta": "", "kind": "", "from_": "from 60"}


def test_where_there_was_nothing_before_nothing_is_said_to_be_the_same():
    assert change(ACCEPTED, 10, 10)["from_"] == "same as before"
    assert change(ACCEPTED, 0, 0)["from_"] == ""
    assert change(ACCEPTANCE, None, None)["from_"] == ""
    assert change(ACCEPTANCE, 0.0, 0.0)["from_"] == "same as before"


def test_a_partner_without_leads_has_no_figure_that_is_the_same_as_before(world, sign_in):
    page = sign_in(world.acme.admin).get(f"/admin/partners/{world.acme.other_partner.public_id}/")

    assert "same as before" not in page.text


def test_a_payout_is_the_same_in_every_table_of_a_page(lived, sign_in):
    page = sign_in(lived.admin).get("/admin/").text

    assert ">$137.50<" in page
    assert ">$87.50<" in page
