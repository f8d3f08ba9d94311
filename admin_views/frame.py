"""The frame around every panel page: the reader's clock, who they are, switcher, banners."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g, url_for

from admin_views import money, words
from admin_views.sections import sections
from admin_views.words import initials
from models import PartnerStatus, User, now
from operations.places import Place
from operations.sessions import SignedIn
from policy import Actor, Permission, may
from visitor import settings, visitor

VERSION = "1.0"
#: What the search looks for, and what is needed to find it; in the partner panel less.
SEARCHED = (
    (Permission.PARTNERS_VIEW, "partners"),
    (Permission.SOURCES_VIEW, "sources"),
    (Permission.LEADS_VIEW, "leads"),
    (Permission.USERS_VIEW, "people"),
)
SEARCHED_BY_PARTNERS = SEARCHED[1:3]


def install(app: Flask) -> None:
    """Give every template the frame, the words and the reader's own clock."""
    app.context_processor(lambda: {"frame": _Lazy()})
    # A page names a static file thirty times, most of them the icons.
    app.jinja_env.globals.update(static=app.static_url_path, zip=zip)
    app.template_filter("relative")(lambda when: words.relative(when, moment(), zone()))
    app.template_filter("exact")(lambda when: words.exact(when, zone()))
    app.template_filter("badge_kind")(words.badge_kind)
    app.template_filter("plural")(words.plural)
    app.template_filter("day")(words.dated)
    app.template_filter("money")(money.money)
    app.template_filter("field_names")(words.field_names)


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
    return {
        "panel": "partner" if in_partner_panel else "staff",
        "version": VERSION,
        "time_zone": _zone_words(),
        "tenant_name": signed_in.place.tenant.name if signed_in.place else "",
        "sections": list(sections(actor, moment())) if actor else [],
        "switcher": _switcher(signed_in, actor),
        "person": _person(signed_in.user, actor),
        "banners": list(_banners(signed_in, actor)),
        **_addresses(actor),
    }


def _person(person: User, actor: Actor | None) -> dict[str, str]:
    return {
        "name": person.name,
        "email": person.email,
        "initials": initials(person.name),
        "role": _role_words(actor) if actor else "",
        "theme": person.theme.value,
    }


def _addresses(actor: Actor | None) -> dict[str, str | None]:
    """Name what the frame leads to; who is nowhere at work has nothing to search."""
    panel = "" if actor is None or actor.is_staff else "portal_"
    return {
        "home_url": url_for("portal.index_view" if _is_preview(actor) else "front.home"),
        "search_url": url_for(f"{panel}search.index_view") if actor else None,
        "search_label": _search_label(actor) if actor else None,
        "jobs_url": url_for(f"{panel}jobs.index_view") if actor else None,
        "account_url": url_for("account.index_view"),
        "theme_url": url_for("account.theme"),
        "switch_url": url_for("account.switch"),
        "sign_out_url": url_for("sign_in.logout"),
    }


def _search_label(actor: Actor) -> str:
    """Promise what this role finds, and nothing else."""
    sought = SEARCHED if actor.is_staff else SEARCHED_BY_PARTNERS
    return f"Search {', '.join(word for needs, word in sought if may(actor, needs))}"


def _zone_words() -> str:
    local = now().astimezone(zone())
    return f"{zone().key} ({local.tzname()})" if zone().key != "UTC" else "UTC"


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
            "text": "Its sources take no leads for now. You can read, but not change anything.",
        }
    if actor and actor.is_staff and not settings().mail_server:
        yield _mail_banner(actor)


def _mail_banner(actor: Actor) -> dict[str, Any]:
    """Say that nobody receives mails, and to whom it matters, where the links are."""
    copies = may(actor, Permission.INVITES_COPY_LINK)
    return {
        "kind": "warning",
        "strong": "No mail server is configured.",
        "text": "Mails are written to files; nobody receives them."
        + (
            " Copy an invite's link on its partner's page, or under Invites for staff."
            if copies
            else ""
        ),
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
