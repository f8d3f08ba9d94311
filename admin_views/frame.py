"""The frame around every panel page: sections, counts, switcher, banners."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g, request, url_for
from sqlalchemy import Select, bindparam, func, select

from admin_views import words
from admin_views.words import initials
from models import Invite, Letter, PartnerStatus, db, now
from models.invite import open_invites
from operations.places import Place
from operations.sessions import SignedIn
from policy import Actor, Permission, may
from visitor import settings, visitor

VERSION = "1.0"

#: (word, icon, endpoint, permission); a group's title first.
STAFF = (
    (
        None,
        (
            ("Dashboard", "dashboard", "dashboard.index_view", Permission.PANEL_OPEN),
            ("Partners", "partners", "partners.index_view", Permission.PARTNERS_VIEW),
            ("Sources", "sources", "sources.index_view", Permission.SOURCES_VIEW),
            ("Users", "users", "users.index_view", Permission.USERS_VIEW),
            ("Invites", "invites", "invites.index_view", Permission.INVITES_VIEW),
        ),
    ),
    (
        "Manage",
        (
            ("Audit", "audit", "audit.index_view", Permission.AUDIT_VIEW),
            ("Team", "team", "team.index_view", Permission.TEAM_MANAGE),
            ("Settings", "settings", "settings.index_view", Permission.SETTINGS_MANAGE),
        ),
    ),
)
PARTNER = (
    (
        None,
        (
            ("Dashboard", "dashboard", "portal.index_view", Permission.PANEL_OPEN),
            ("Sources", "sources", "portal_sources.index_view", Permission.SOURCES_VIEW),
            ("Users", "users", "portal_users.index_view", Permission.USERS_VIEW),
            ("Invites", "invites", "portal_invites.index_view", Permission.INVITES_VIEW),
        ),
    ),
    (
        "Manage",
        (
            ("Activity", "audit", "portal_activity.index_view", Permission.AUDIT_VIEW),
            ("Partner account", "settings", "portal_account.index_view", Permission.PANEL_OPEN),
        ),
    ),
)

HOMES = ("dashboard.index_view", "portal.index_view")


def install(app: Flask) -> None:
    """Give every template the frame, the words and the reader's own clock."""
    app.context_processor(lambda: {"frame": _Lazy()})
    app.template_filter("relative")(lambda when: words.relative(when, moment(), zone()))
    app.template_filter("exact")(lambda when: words.exact(when, zone()))
    app.template_filter("badge_kind")(words.badge_kind)
    app.template_filter("plural")(words.plural)


class _Lazy:
    """Reads what the frame needs when a template first asks, so that doorways pay nothing."""

    def __bool__(self) -> bool:
        """Whether there is a frame: for the signed-in only."""
        return visitor() is not None

    def __getattr__(self, name: str) -> Any:
        if "frame" not in g:
            g.frame = _frame()
        try:
            return g.frame[name]
        except KeyError as error:  # Jinja then takes it for undefined
            raise AttributeError(name) from error


def zone() -> ZoneInfo:
    """Return the time zone of the tenant whose panel, or whose invite, this is."""
    if "time_zone" not in g:
        signed_in = visitor()
        place = signed_in.place if signed_in else None
        g.time_zone = place.tenant.time_zone if place else "UTC"
    return ZoneInfo(g.time_zone)


def moment() -> datetime:
    """Return the present moment, the same for everything that one page says."""
    if "moment" not in g:
        g.moment = now()
    return g.moment


def _frame() -> dict[str, Any]:
    signed_in = visitor()
    if signed_in is None:
        raise LookupError("only the signed-in have a frame")
    actor: Actor | None = g.get("actor")
    in_partner_panel = actor is not None and not actor.is_staff
    person = signed_in.user
    return {
        "panel": "partner" if in_partner_panel else "staff",
        "home_url": url_for("portal.index_view" if _is_preview(actor) else "front.home"),
        "version": VERSION,
        "time_zone": _zone_words(),
        "tenant_name": signed_in.place.tenant.name if signed_in.place else "",
        "sections": list(_sections(actor)) if actor else [],
        "switcher": _switcher(signed_in, actor),
        "person": {
            "name": person.name,
            "email": person.email,
            "initials": initials(person.name),
            "role": _role_words(actor) if actor else "",
            "theme": person.theme.value,
        },
        "search_url": url_for("search.index_view") if actor and actor.is_staff else None,
        "account_url": url_for("account.index_view"),
        "theme_url": url_for("account.theme"),
        "switch_url": url_for("account.switch"),
        "sign_out_url": url_for("sign_in.logout"),
        "banners": list(_banners(signed_in, actor)),
    }


def _zone_words() -> str:
    local = now().astimezone(zone())
    return f"{zone().key} ({local.tzname()})" if zone().key != "UTC" else "UTC"


def _sections(actor: Actor) -> Iterator[dict[str, Any]]:
    counts = _counts(actor)
    for title, items in STAFF if actor.is_staff else PARTNER:
        offered = [item for item in items if may(actor, item[3])]
        if offered:
            yield {"title": title, "items": [_item(*item[:3], counts) for item in offered]}


def _item(word: str, icon: str, endpoint: str, counts: dict[str, Any]) -> dict[str, Any]:
    url, path = url_for(endpoint), request.path
    return {
        "word": word,
        "icon": icon,
        "url": url,
        # An object's page belongs to its section: /admin/partners/<id>/ to /admin/partners/.
        "current": path == url if endpoint in HOMES else path.startswith(url),
        "counts": counts.get(word, []),
    }


def _calling() -> Select[Any]:
    """Count what calls for action; each count stops at a hundred."""
    still = Invite.expires_at > bindparam("moment")
    pending = select(Invite.id).where(open_invites(), still).limit(100)
    failed = (
        select(Invite.id)
        .join(Invite.letter)
        .where(open_invites(), Letter.failed_at.is_not(None))
        .limit(100)
    )
    numbers = (select(func.count()).select_from(q.subquery()) for q in (pending, failed))
    return select(*(number.scalar_subquery() for number in numbers))


CALLING = _calling()


def _counts(actor: Actor) -> dict[str, list[dict[str, Any]]]:
    """Count what calls for action, in one statement."""
    if not may(actor, Permission.INVITES_VIEW):
        return {}
    waiting, lost = db.session.execute(CALLING, {"moment": moment()}).one()
    counts = [{"n": _capped(waiting), "word": "pending", "bad": False}] if waiting else []
    counts += [{"n": _capped(lost), "word": "failed", "bad": True}] if lost else []
    return {"Invites": counts}


def _capped(number: int) -> int | str:
    return number if number < 100 else "99+"  # noqa: PLR2004


def _is_preview(actor: Actor | None) -> bool:
    return actor is not None and actor.is_preview


def _role_words(actor: Actor) -> str:
    return f"Preview as {actor.role.word}" if actor.is_preview else actor.role.word


def _switcher(signed_in: SignedIn, actor: Actor | None) -> dict[str, Any]:
    place = signed_in.place
    name = place.name if place else "No workplace"
    if _is_preview(actor):
        name = g.previewed.name
    others = [_other(p) for p in signed_in.places if p is not place]
    return {"current": {"name": name, "initials": initials(name, 1)}, "others": others}


def _other(place: Place) -> dict[str, Any]:
    return {
        "name": place.name,
        "initials": initials(place.name, 1),
        "kind": f"{place.membership.role.word}, {place.tenant.name}",
        "value": place.membership.public_id,
    }


def _banners(signed_in: SignedIn, actor: Actor | None) -> Iterator[dict[str, Any]]:
    if actor and actor.is_preview:
        yield _preview_banner(actor)
    elif place := _paused_place(signed_in, actor):
        yield {
            "kind": "info",
            "strong": f"{place.name} is paused.",
            "text": "Its sources take no leads for now. You can look at everything.",
        }
    if actor and actor.is_staff and not settings().mail_server:
        yield {
            "kind": "warning",
            "strong": "No mail server is configured.",
            "text": "Mails are not sent; they are written to the folder “mail” of this instance.",
        }


def _preview_banner(actor: Actor) -> dict[str, Any]:
    """Say whose panel this is, as whom, and how to leave."""
    return {
        "kind": "info",
        "strong": f"You see the partner panel of {g.previewed.name}"
        f" as a {actor.role.word} sees it.",
        "text": "Nothing can be changed.",
        "post": {"url": url_for("preview.stop"), "word": "Leave preview"},
    }


def _paused_place(signed_in: SignedIn, actor: Actor | None) -> Place | None:
    place = signed_in.place
    is_paused = place and place.partner and place.partner.status is PartnerStatus.PAUSED
    return place if actor and not actor.is_staff and is_paused else None
