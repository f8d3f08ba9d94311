"""The two lists of the account page, as `macros/lists.html` draws them."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from admin_views import cells
from models import LoginSession
from operations.devices import device
from operations.places import Place
from operations.sessions import SignedIn


def sessions_list(signed_in: SignedIn, rows: Sequence[LoginSession]) -> dict[str, Any]:
    """Say where the person is signed in."""
    return {
        "title": "Sessions",
        "noun": "sessions",
        "columns": _columns("Device", "Network address", "Signed in", "Last seen"),
        "rows": [_session(row, current=row.id == signed_in.session.id) for row in rows],
    }


def _session(row: LoginSession, *, current: bool) -> dict[str, Any]:
    end = {"word": "End", "url": url_for("account.end", session_id=row.public_id), "post": True}
    return {
        "name": device(row.device),
        "sub": "This session" if current else "",
        "cells": [
            row.address or "unknown",
            cells.moment(row.created_at),
            cells.moment(row.last_seen_at),
        ],
        "actions": [] if current else [end],
    }


def memberships(signed_in: SignedIn) -> dict[str, Any]:
    """Say where the person works, and lead there."""
    return {
        "title": "Memberships",
        "noun": "memberships",
        "columns": _columns("Name", "Role", "Tenant", "Joined"),
        "rows": [_membership(place, signed_in.place) for place in signed_in.places],
        "empty": {
            "title": "You are in no workplace",
            "text": "Your account stays yours. Somebody has to invite you before you can work.",
            "icon": "users",
        },
    }


def _membership(place: Place, current: Place | None) -> dict[str, Any]:
    member = place.membership
    switch = url_for("account.switch", membership=member.public_id)
    return {
        "name": place.name,
        "sub": "You are working here" if place is current else "",
        "cells": [
            member.role.word,
            cells.person(place.tenant.name),
            cells.moment(member.joined_at),
        ],
        "actions": [] if place is current else [{"word": "Switch", "url": switch, "post": True}],
    }


def _columns(*labels: str) -> list[dict[str, Any]]:
    return [{"key": label.lower(), "label": label} for label in labels]
