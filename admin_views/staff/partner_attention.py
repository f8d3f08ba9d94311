"""What about a partner calls for somebody to act."""

from collections.abc import Iterator
from typing import Any

from flask import url_for
from sqlalchemy import select

from admin_views.words import plural
from models import Invite, Letter, Partner, PartnerStatus, db
from models.invite import open_invites
from policy import Permission, may
from visitor import actor


def items(partner: Partner, counts: dict[str, int]) -> list[dict[str, Any]]:
    """List what is wrong, the worst first; nothing about a partner that is archived."""
    if partner.status is PartnerStatus.ARCHIVED:
        return []
    return [
        *(_failed_invites(partner, counts["failed"]) if counts["failed"] else ()),
        *_no_source(partner),
        *_no_admin(partner),
        *(_expired_invites(partner, counts["expired"]) if counts["expired"] else ()),
    ]


def _failed_invites(partner: Partner, number: int) -> Iterator[dict[str, Any]]:
    query = (
        select(Invite.email, Letter.answer)
        .join(Invite.letter)
        .where(Invite.partner_id == partner.id, open_invites(), Letter.failed_at.is_not(None))
        .order_by(Letter.failed_at.desc())
        .limit(1)
    )
    found = db.session.execute(query).first()
    if found is None:  # resent since they were counted
        return
    email, answer = found
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


def _expired_invites(partner: Partner, number: int) -> Iterator[dict[str, Any]]:
    yield {
        "icon": "clock",
        "kind": "warn",
        "title": f"{plural(number, 'invite')} expired",
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
