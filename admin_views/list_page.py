"""One page of a list as templates/macros/lists.html draws it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from admin_views import words
from admin_views.keyset import Page
from admin_views.list_address import SIZES, Linker, Query
from admin_views.list_parts import Bulk, Column, on_page, seen
from models.search import is_by_part
from policy import may

if TYPE_CHECKING:
    from admin_views.lists import ListScreen

NARROW = "Change the search or remove a filter to see more."
SHORT = "One or two letters find beginnings only. Type three or more to look anywhere in a name."


def describe(screen: "ListScreen", asked: Query, found: Page, link: Linker) -> dict[str, Any]:
    """Gather everything that the template needs."""
    more = screen.more(found.rows)
    columns = on_page(screen.columns, screen.actor)
    return {
        "title": screen.title,
        "noun": screen.noun[1],
        "noun_one": screen.noun[0],
        "url": link.bare,
        "q": asked.q,
        "search_label": screen.search_label,
        "columns": [_head(column, asked, link) for column in columns],
        "rows": [_row(screen, columns, row, more) for row in found.rows],
        "bulk": [_bulk(screen, deed) for deed in screen.bulk if may(screen.actor, deed.needs)],
        "bulk_url": link.bare,
        "all_url": _all_url(screen, found, link),
        "shown": len(found.rows),
        "total": words.counted(found.total),
        "export_url": link.export if screen.can_export else None,
        "create": screen.create_link(),
        "empty": _empty(screen, asked, link),
        **_narrowing(screen, asked, link),
        **_steps(asked, found, link),
    }


def _all_url(screen: "ListScreen", found: Page, link: Linker) -> str | None:
    """Say which rows are meant by all that match, where there are more than the page shows."""
    if not (found.has_next or found.has_previous):
        return None
    return replace(link, bare=screen.url("index_view"))()


def _narrowing(screen: "ListScreen", asked: Query, link: Linker) -> dict[str, Any]:
    """Describe the search and the filters: those that are set, those that can be added."""
    return {
        "keep": [(name, value) for name, value in asked.kept.items() if name != "q"],
        "chips": [
            {
                "label": a_filter.label,
                "value": a_filter.word_of(asked.chosen[a_filter.name]),
                "remove_url": link(**{a_filter.name: None}),
            }
            for a_filter in screen.filters
            if a_filter.name in asked.chosen
        ],
        "clear_url": link(q=None, **dict.fromkeys(asked.chosen)) if asked.kept else None,
        "filters": [
            {
                "name": a_filter.name,
                "label": a_filter.label,
                "kind": "choice" if a_filter.offered() else a_filter.kind,
                "choices": a_filter.offered(),
            }
            for a_filter in seen(screen.filters, screen.actor)
            if a_filter.name not in asked.chosen
        ],
    }


def _steps(asked: Query, found: Page, link: Linker) -> dict[str, Any]:
    """Describe the ways to the other pages."""
    rows, more, less = found.rows, found.has_next, found.has_previous
    return {
        "first_url": link() if less else None,
        "previous_url": link(before=rows[0].public_id) if less else None,
        "next_url": link(after=rows[-1].public_id) if more else None,
        "last_url": link(last="1") if more else None,
        "sizes": _sizes(asked, found, link),
    }


def _sizes(asked: Query, found: Page, link: Linker) -> list[dict[str, Any]]:
    """Offer other sizes where they would show anything else."""
    if len(found.rows) <= SIZES[0] and not (found.has_next or found.has_previous):
        return []
    return [{"n": n, "url": link(size=str(n)), "current": n == asked.size} for n in SIZES]


def _head(column: Column, asked: Query, link: Linker) -> dict[str, Any]:
    sorted_by, descending = asked.sort.removeprefix("-"), asked.sort.startswith("-")
    is_sorted = sorted_by == column.key
    if not asked.sort and getattr(column.sort, "key", "") == "id":  # newest first, unless asked
        is_sorted = descending = True
    # Of numbers and moments, people look for the highest.
    turns_down = not descending if is_sorted else column.numeric
    turned = f"-{column.key}" if turns_down else column.key
    return {
        "key": column.key,
        "label": column.label,
        "numeric": column.numeric,
        "css": column.css,
        "sort_url": link(sort=turned) if column.sort is not None else None,
        "sorted": ("desc" if descending else "asc") if is_sorted else None,
    }


def _row(
    screen: "ListScreen", columns: list[Column], row: Any, more: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "name": screen.name_of(row),
        "name_url": screen.url_of(row),
        "sub": screen.sub_of(row),
        "marked": False,
        "cells": [column.cell(row, more) for column in columns[1:]],
        "actions": list(screen.actions_of(row)),
    }


def _bulk(screen: "ListScreen", deed: Bulk) -> dict[str, Any]:
    return {
        "name": deed.name,
        "word": deed.word,
        "url": screen.bulk_url(deed),
        "sharp": deed.sharp,
        "counted": deed.counted,
    }


def _empty(screen: "ListScreen", asked: Query, link: Linker) -> dict[str, Any]:
    if asked.q or asked.chosen:
        every = link(q=None, **dict.fromkeys(asked.chosen))
        return {
            "title": f"No {screen.noun[0]} fits",
            "text": SHORT if asked.q and not is_by_part(asked.q) else NARROW,
            "action": {"word": f"Show all {screen.noun[1]}", "url": every},
        }
    title, text = screen.empty
    action = screen.create_link()
    return {"title": title, "text": text, "action": action, "icon": screen.empty_icon}
