"""What the questions before moving and unassigning say, and what they count."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, and_, func, select

from admin_views import keyset
from admin_views.cells import person
from admin_views.undo_words import undo_note
from admin_views.words import plural
from models import Credential, Lead, Membership, Partner, Source, db
from operations import call_counts
from operations.credentials import usable

#: A question names so many sources of each partner and counts the others.
NAMED = 20
CREDITING = "Earlier leads are being credited."


def named(sources: Sequence[Source]) -> str:
    """Begin a message about what was done: “X” is …, 3 sources are …."""
    return f"“{sources[0].name}” is" if len(sources) == 1 else f"{len(sources):,} sources are"


def done(sources: Sequence[Source], what: str) -> str:
    """Say what was done; a company's name may end with the full stop already."""
    return f"{named(sources)} {what}".removesuffix(".") + "."


def where_they_are(sources: Sequence[Source]) -> str:
    """Sum up which source is with whom, to notice when that is not what was shown."""
    seen = ",".join(f"{source.id}:{source.partner_id}" for source in sources)
    return hashlib.sha256(seen.encode()).hexdigest()[:32]


def ask_unassign(sources: Sequence[Source]) -> dict[str, Any]:
    """Describe what unassigning means, for the template of a task."""
    groups = _groups(sources)
    what = these(sources)
    return {
        "title": f"Unassign {what} from {_names(groups)}?",
        "lead": "Leads that arrive from now on are credited to nobody, until the source is "
        "assigned again.",
        "url": url_for("assigning.unassign"),
        "button": f"Unassign {plural(len(sources), 'source')}",
        "consequences": _consequences(
            sources,
            groups,
            places="with no partner from now on",
            calls="such calls bring leads that nobody is credited with",
            keys="still work: calls are accepted as before",
        ),
        "sides": _sides(groups),
        "note": undo_note(),
    }


def ask_move(sources: Sequence[Source], partner: Partner) -> dict[str, Any]:
    """Describe what moving to `partner` means; names both sides."""
    groups = _groups(sources)
    return {
        "title": f"Move {these(sources)} from {_names(groups)} to {partner.name}?",
        "lead": f"From now on {partner.name} is credited with the leads that arrive.",
        "url": url_for("assigning.move"),
        "button": f"Move {plural(len(sources), 'source')}",
        "consequences": _consequences(
            sources,
            groups,
            places=f"with {partner.name} from now on",
            calls=f"such calls bring leads for {partner.name}",
            keys="valid as before: whoever has them can still send leads",
        ),
        "sides": _sides(groups),
    }


def _consequences(
    sources: Sequence[Source],
    groups: Sequence[tuple[Partner, list[Source]]],
    *,
    places: str,
    calls: str,
    keys: str,
) -> list[tuple[str, int | str, str]]:
    """Count what changes, and what stays as it is."""
    return [
        ("Sources", len(sources), places),
        ("Leads", _leads(sources), f"supplied so far stay credited to {_names(groups)}"),
        ("Calls in the last 24 hours", _calls(sources), calls),
        ("Credentials", _credentials(sources), keys),
        ("People", _people(groups), f"of {_names(groups)} will not see them any more"),
    ]


def these(sources: Sequence[Source]) -> str:
    """Name one source; count several."""
    return f"“{sources[0].name}”" if len(sources) == 1 else plural(len(sources), "source")


def _groups(sources: Sequence[Source]) -> list[tuple[Partner, list[Source]]]:
    groups: dict[Partner, list[Source]] = defaultdict(list)
    for source in sources:
        if source.partner:
            groups[source.partner].append(source)
    return sorted(groups.items(), key=lambda group: group[0].name_key)


def _names(groups: Sequence[tuple[Partner, list[Source]]]) -> str:
    names = [partner.name for partner, _ in groups]
    return " and ".join(names) if len(names) <= 2 else f"{len(names)} partners"  # noqa: PLR2004


def _people(groups: Sequence[tuple[Partner, list[Source]]]) -> int:
    partners = [partner.id for partner, _ in groups]
    query = select(func.count()).select_from(Membership)
    query = query.where(Membership.partner_id.in_(partners), Membership.removed_at.is_(None))
    return db.session.scalar(query) or 0


def _leads(sources: Sequence[Source]) -> str:
    """Count what the sources supplied for the partners they are with, up to a point."""
    theirs = and_(Lead.source_id == Source.id, Lead.partner_id == Source.partner_id)
    rows = select(Lead).join(Source, theirs).where(_any(sources), ~Lead.is_test)
    return keyset.count(rows, Lead.id)


def _calls(sources: Sequence[Source]) -> int:
    day = call_counts.in_a_day(sources[0].tenant_id)
    return db.session.scalar(call_counts.of_a_day(_any(sources)), day) or 0


def _credentials(sources: Sequence[Source]) -> int:
    open_ = select(Credential.id).join(Credential.source).where(_any(sources), usable())
    return db.session.scalar(_how_many(open_)) or 0


def _how_many(rows: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(rows.subquery())


def _any(sources: Sequence[Source]) -> ColumnElement[bool]:
    return Source.id.in_([source.id for source in sources])


def _sides(groups: Sequence[tuple[Partner, list[Source]]]) -> list[dict[str, Any]]:
    return [{"title": f"From {partner.name}", "items": _list(group)} for partner, group in groups]


def _list(sources: Sequence[Source]) -> list[Any]:
    rest = len(sources) - NAMED
    names: list[Any] = [person(source.name) for source in sources[:NAMED]]
    return [*names, f"and {rest:,} more"] if rest > 0 else names
