"""What a cell of a list shows: badges, times, names; always escaped."""

from datetime import datetime
from functools import lru_cache

from markupsafe import Markup, escape

from admin_views import frame, words
from models.base import Word

#: What a cell shows that has nothing to show.
NOTHING = "\N{EN DASH}"

# Filled by `%`, which escapes what it puts in as `format` does, in a third of the time.
BADGE = Markup('<span class="%s">%s</span>')
MOMENT = Markup('<span title="%s">%s</span>')
PERSON = Markup("<bdi>%s</bdi>")
ADDRESS = Markup("%s<wbr>@%s")


@lru_cache(typed=True)  # a state of another kind may equal it, and have another word
def badge(state: Word) -> Markup:
    """Show a state, always with its word."""
    kind = words.badge_kind(state.value)
    css = f"badge badge-{kind}" if kind else "badge"
    return BADGE % (css, state.word)


def moment(when: datetime | None, never: str = "never") -> Markup | str:
    """Say a moment as people do, with the exact time in the title."""
    if when is None:
        return never
    zone = frame.zone()
    return MOMENT % (words.exact(when, zone), words.relative(when, frame.moment(), zone))


def stamp(when: datetime | None) -> str:
    """Write a moment as programs read it, for exports."""
    return when.isoformat(timespec="seconds") if when else ""


def address(email: str) -> Markup:
    """Let a long e-mail address break before its @."""
    before, _, after = email.rpartition("@")
    return ADDRESS % (before, after) if before else escape(after)


def person(name: str) -> Markup:
    """Show a name that somebody typed, kept from turning the text around it."""
    return PERSON % name
