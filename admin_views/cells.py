"""What a cell of a list shows: badges, times, names; always escaped."""

from datetime import datetime

from markupsafe import Markup

from admin_views import frame, words
from models.base import Word

#: What a cell shows that has nothing to show.
NOTHING = "\N{EN DASH}"


def badge(state: Word) -> Markup:
    """Show a state, always with its word."""
    kind = words.badge_kind(state.value)
    css = f"badge badge-{kind}" if kind else "badge"
    return Markup('<span class="{}">{}</span>').format(css, state.word)


def moment(when: datetime | None, never: str = "never") -> Markup | str:
    """Say a moment as people do, with the exact time in the title."""
    if when is None:
        return never
    return Markup('<span title="{}">{}</span>').format(
        words.exact(when, frame.zone()), words.relative(when, frame.moment(), frame.zone())
    )


def stamp(when: datetime | None) -> str:
    """Write a moment as programs read it, for exports."""
    return when.isoformat(timespec="seconds") if when else ""


def address(email: str) -> Markup:
    """Let a long e-mail address break before its @."""
    before, _, after = email.rpartition("@")
    return Markup("{}<wbr>@{}").format(before, after) if before else Markup("{}").format(after)


def person(name: str) -> Markup:
    """Show a name that somebody typed, kept from turning the text around it."""
    return Markup("<bdi>{}</bdi>").format(name)
