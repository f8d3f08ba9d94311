"""What about a partner calls for somebody to act."""

from collections.abc import Iterator
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy import (
    BindParameter,
    Row,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal,
    select,
    union_all,
)

from admin_views import cells
from admin_views.credential_words import carried, closes_in
from admin_views.frame import moment
from admin_views.words import lasting, plural
from models import Credential, Flow, Invite, Letter, Partner, PartnerStatus, Source, db, now
from models.base import Moment
from models.invite import open_invites
from operations import credentials, flows, rotation_calls
from policy import Permission, may
from visitor import actor

PARTNER: BindParameter[Any] = bindparam("partner_id")
MOMENT: BindParameter[Any] = bindparam("moment", type_=Moment())
#: What is said of each kind of thing.
COLUMNS = ("name", "said", "at", "source_id", "key_id")
NOTHING = cast(None, Source.id.type)


def items(partner: Partner, counts: dict[str, int]) -> list[dict[str, Any]]:
    """List what is wrong, the worst first; nothing about a partner that is archived."""
    if partner.status is PartnerStatus.ARCHIVED:
        return []
    rows = db.session.execute(FIRST, {"partner_id": partner.id, "moment": now()})
    found = {row.kind: row for row in rows}
    closes = may(actor(), Permission.SOURCES_CREDENTIALS) and found.get("closing")
    return [
        *(_silent(found["silent"]) if "silent" in found else ()),
        *(_failed_invites(partner, found["failed"]) if "failed" in found else ()),
        *_no_source(partner),
        *_no_admin(partner),
        *(_closing(closes) if closes else ()),
        *(_expired_invites(partner, counts["expired"]) if counts["expired"] else ()),
    ]


def _part(kind: str, **given: Any) -> Select[Any]:
    columns = {**dict.fromkeys(COLUMNS, NOTHING), "said": literal(""), **given}
    return select(
        literal(kind).label("kind"),
        *(column.label(name) for name, column in columns.items()),
        func.count().over().label("number"),
    )


def _first_failed() -> Select[Any]:
    answer = cast(Letter.answer, String)
    query = _part("failed", name=Invite.email, said=answer, at=Letter.failed_at)
    lost = (Invite.partner_id == PARTNER, open_invites(), Letter.failed_at.is_not(None))
    return query.join(Invite.letter).where(*lost).order_by(Letter.failed_at.desc())


def _first_silent() -> Select[Any]:
    query = _part("silent", name=Source.name, at=flows.last_call(), source_id=Source.id)
    return flows.longest(query, Flow.SILENT).where(Source.partner_id == PARTNER)


def _first_closing() -> Select[Any]:
    """Find the old key that closes next: whoever still calls with it is refused from then on."""
    end = credentials.END
    key = {"said": Credential.name, "key_id": Credential.id}
    query = _part("closing", name=Source.name, at=end, source_id=Source.id, **key)
    theirs = (Source.partner_id == PARTNER, Source.deleted_at.is_(None))
    open_ = credentials.closing(MOMENT)
    return query.join(Credential.source).where(*theirs, open_).order_by(end)


#: An example of each, and how many there are; built once. One partner has three sources, another
#: fifty thousand: planned anew for each.
FIRST = union_all(
    *(
        select(part.limit(1).subquery())
        for part in (_first_failed(), _first_silent(), _first_closing())
    )
).execution_options(planned_anew=True)


def _silent(found: Row[Any]) -> Iterator[dict[str, Any]]:
    more = f" {plural(found.number - 1, 'other')} silent too." if found.number > 1 else ""
    yield {
        "icon": "warning",
        "kind": "bad",
        "title": "A source is silent"
        if found.number == 1
        else f"{found.number} sources are silent",
        "text": f"{found.name}: no call for {lasting(found.at, moment())}, in which some usually"
        f" come.{more}",
        "action": _of_source("Open source", "source", found),
    }


def _closing(found: Row[Any]) -> Iterator[dict[str, Any]]:
    """Say when it closes, and how much of what comes still comes with it."""
    more = " Another closes later." if found.number > 1 else ""
    share = carried(found.name, *rotation_calls.with_both(found.key_id))
    said = Markup("“{}”: {} Calls with it are refused from then on.{}")
    yield {
        "icon": "clock",
        "kind": "warn",
        "title": f"An old key closes {closes_in(found.at)}",
        "text": said.format(cells.person(found.said), share, more),
        "action": _of_source("Open credentials", "source_credentials", found),
    }


def _of_source(word: str, screen: str, found: Row[Any]) -> dict[str, str]:
    source = Source(id=found.source_id).public_id
    return {"word": word, "url": url_for(f"{screen}.index_view", source_id=source)}


def _failed_invites(partner: Partner, found: Row[Any]) -> Iterator[dict[str, Any]]:
    email, answer, number = found.name, found.said, found.number
    more = f" {plural(number - 1, 'other')} failed too." if number > 1 else ""
    said = f": “{answer}”." if answer else "."
    yield {
        "icon": "mail",
        "kind": "bad",
        "title": "An invite did not arrive" if number == 1 else f"{number} invites did not arrive",
        "text": f"{email}{said}{more}",
        "action": _link("Open invites", "partner_invites.index_view", partner),
    }


def _no_source(partner: Partner) -> Iterator[dict[str, Any]]:
    if not partner.source_count:
        yield {
            "icon": "warning",
            "kind": "warn",
            "title": "No source is assigned",
            "text": "No lead can be credited to this partner.",
            "action": _task(
                "Assign sources", "partner_sources", "assign", partner, Permission.SOURCES_ASSIGN
            ),
        }


def _no_admin(partner: Partner) -> Iterator[dict[str, Any]]:
    if not partner.admin_count:
        yield {
            "icon": "users",
            "kind": "warn",
            "title": "There is no Partner Admin",
            "text": "Nobody at the partner can invite people or rotate keys.",
            "action": _task(
                "Invite user", "partner_invites", "invite", partner, Permission.INVITES_SEND
            ),
        }


def _expired_invites(partner: Partner, expired: int) -> Iterator[dict[str, Any]]:
    yield {
        "icon": "clock",
        "kind": "warn",
        "title": f"{plural(expired, 'invite')} expired",
        "text": "Nobody answered in time. Resend or revoke.",
        "action": _link("Open invites", "partner_invites.index_view", partner),
    }


def _link(word: str, endpoint: str, partner: Partner) -> dict[str, str]:
    return {"word": word, "url": url_for(endpoint, partner_id=partner.public_id)}


def _task(
    word: str, screen: str, task: str, partner: Partner, needs: Permission
) -> dict[str, str] | None:
    if not may(actor(), needs):
        return None
    link = _link(word, f"{screen}.index_view", partner)
    return {**link, "url": f"{link['url']}?{task}"}
