"""The section of figures: of the period in the address, beside the days before it."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from flask import current_app, g, request, url_for

from admin_views.chart import chart
from admin_views.frame import moment, zone
from admin_views.key_figures import Figure, chosen, columns, shown
from admin_views.words import day
from models import Partner, Source, replica
from operations import periods
from operations.asked import Whose
from operations.figures import Figures, figures
from operations.periods import Days, Period
from operations.refusal import Invalid

#: What the address says for each period, and what its link says.
PERIODS = (
    ("today", "Today"),
    ("7", "7 days"),
    ("30", "30 days"),
    ("90", "90 days"),
    ("month", "This month"),
    ("last-month", "Last month"),
    ("custom", "Custom"),
)
#: The list of leads that stands behind some figures, of each panel.
LEADS = {True: "leads.index_view", False: "portal_leads.index_view"}


def period() -> Period:
    """Read the period that the address asks for; the usual one where it makes no sense."""
    if "period" not in g:
        g.period = _asked()
    return g.period


def _asked() -> Period:
    today = periods.today_in(zone().key, moment())
    usual = periods.usual(today)
    wanted = request.args.get("range", usual.key)
    if wanted != "custom":
        return periods.named(wanted, today) or usual
    try:
        g.period_problem = ""
        return periods.chosen(request.args.get("from", ""), request.args.get("to", ""), today)
    except Invalid as refused:
        is_asked = "from" in request.args or "to" in request.args
        g.period_problem = refused.sentence if is_asked else ""
        return usual


def section(whose: Whose, *, is_staff: bool = True, shows_returned: bool = True) -> dict[str, Any]:
    """Describe everything that templates/macros/metrics.html shows."""
    asked = period()
    with replica.reading():
        found = figures(whose, asked)
    address = _leads_address(whose, asked, is_staff=is_staff)
    # Whoever looks at a source, or at their own leads, wants the sum to come out.
    in_brief = is_staff and whose.source_id is None
    return {
        **ranges(),
        "name": asked.name,
        "name_before": asked.name_before,
        "days": span(asked.now),
        "figures": [
            shown(figure, found, address, is_over=asked.key != "today")
            for figure in chosen(in_brief=in_brief, shows_returned=shows_returned)
        ],
        "is_empty": not (found.now.received or found.before.received),
        "now": found.now,
        "before": found.before,
        **_days(found, shows_returned=shows_returned),
    }


def _days(found: Figures, *, shows_returned: bool) -> dict[str, Any]:
    """Describe the days as they are asked for: drawn, or as a table."""
    if "table" not in request.args:
        return {"as_table": False, "chart": chart(found, periods.today_in(zone().key, moment()))}
    return {
        "as_table": True,
        "table": list(_table(found, shows_returned=shows_returned)),
        "columns": [figure.word for figure in columns(shows_returned=shows_returned)],
    }


def ranges() -> dict[str, Any]:
    """Describe the picker of periods: links, and two fields for days of one's own."""
    asked, wanted = period(), request.args.get("range", "")
    current = wanted if wanted == "custom" else asked.key
    return {
        "links": [
            {"word": word, "url": _here(range=key), "current": key == current}
            for key, word in PERIODS
        ],
        "custom": current == "custom",
        "problem": g.get("period_problem", ""),
        "first": asked.now.first.isoformat(),
        "last": asked.now.last.isoformat(),
        "table_url": _here(table="", **_now_asked()),
        "chart_url": _here(**_now_asked()),
    }


def span(days: Days) -> str:
    """Say the days: "22 Oct to 20 Nov"; with the year where it is another."""
    this_year = periods.today_in(zone().key, moment()).year
    said = [
        day(when) if when.year == this_year else f"{day(when)} {when.year}"
        for when in (days.first, days.last)
    ]
    return " to ".join(dict.fromkeys(said))


def _now_asked() -> dict[str, str]:
    kept = ("range", "from", "to")
    return {name: request.args[name] for name in kept if name in request.args}


def _here(**asked: str) -> str:
    return f"{request.path}?{urlencode(asked)}".rstrip("?")


def _table(found: Figures, *, shows_returned: bool) -> Iterator[dict[str, Any]]:
    numbers = columns(shows_returned=shows_returned)
    for index, (when, tally) in enumerate(found.days):
        before = found.days_before[index][1] if index < len(found.days_before) else None
        cells = [(figure.exact or figure.show)(figure.value(tally)) for figure in numbers]
        yield {
            "day": day(when),
            "cells": cells,
            "before": f"{before.accepted:,}" if before else "–",
        }


def _leads_address(
    whose: Whose, asked: Period, *, is_staff: bool
) -> Callable[[Figure], str | None]:
    days = {"from": asked.now.first.isoformat(), "to": asked.now.last.isoformat()}
    narrowed: dict[str, Any] = {**_names(whose, is_staff=is_staff), **days}
    endpoint = LEADS[is_staff]

    def address(figure: Figure) -> str | None:
        if figure.leads is None or endpoint not in current_app.view_functions:
            return None
        return url_for(endpoint, **{**narrowed, **figure.leads})

    return address


def _names(whose: Whose, *, is_staff: bool) -> dict[str, str]:
    names = {}
    if whose.source_id:
        names["source"] = Source(id=whose.source_id).public_id
    if whose.partner_id and is_staff:
        names["partner"] = Partner(id=whose.partner_id).public_id
    return names
