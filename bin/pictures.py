"""Take the README's pictures from a running demo: `.venv/bin/python bin/pictures.py [FOLDER]`.

With a folder, every main page is taken there, wide and narrow, light and dark, to be looked at.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import FLAGS, chromium  # noqa: E402 - found once the path is set

#: A page to picture: its address, or an address and what is done there.
Way = str | tuple[str | tuple[str, str], ...]

INSTANCE = Path(os.environ.get("INSTANCE") or ROOT / "instance")
DEMO = json.loads((INSTANCE / "demo.json").read_text(encoding="utf-8"))
README = {
    "dashboard": "/admin/",
    "partner-list": "/admin/partners/",
    "partner-invites": "{partner}invites/",
}
STAFF = {
    "dashboard": "/admin/",
    "partners": "/admin/partners/",
    "partners-filtered": "/admin/partners/?status=paused",
    "partners-nothing": "/admin/partners/?q=nothing+is+called+this",
    "partner-new": "/admin/partners/new",
    "partner-overview": "{partner}",
    "partner-edit": "{partner}edit",
    "partner-archive": "{partner}?archive",
    "partner-sources": "{partner}sources/",
    "partner-assign": "{partner}sources/?assign",
    "partner-users": "{partner}users/",
    "partner-invites": "{partner}invites/",
    "partner-invite": "{partner}invites/?invite",
    "partner-activity": "{partner}activity/",
    "sources": "/admin/sources/",
    "users": "/admin/users/",
    "invites": "/admin/invites/",
    "audit": "/admin/audit/",
    "team": "/admin/team/",
    "settings": "/admin/settings/",
    "search": "/admin/search/?q=acme",
    "account": "/account/",
    "not-found": "/admin/partners/partner_00000000000000000000000000/",
    "partner-pause": "{partner}?pause",
    "source-new": "/admin/sources/new",
    "source": "{source}",
    "source-edit": "{source}edit",
    "source-pause": "{source}status?to=paused",
    "source-delete": "{source}delete",
    "source-refused": "{source}status?to=live",
    "preview": "/admin/preview/?partner={partner_id}",
    "team-invite": "/admin/team/?invite",
}
PARTNER = {
    "panel-dashboard": "/partner/",
    "panel-sources": "/partner/sources/",
    "panel-users": "/partner/users/",
    "panel-invites": "/partner/invites/",
    "panel-activity": "/partner/activity/",
    "panel-account": "/partner/account/",
    "panel-invite": "/partner/invites/?invite",
}
DOORS = {
    "sign-in": "/login",
    "forgot": "/forgot",
    "dead-link": "/invites/00000000.nothing",
    "dead-reset": "/reset/00000000.nothing",
    "door-not-found": "/nothing/here",
}
ROW = "tbody .check input >> nth={}"
FIRST_TWO = (ROW.format(0), ROW.format(1))
#: Pages reached by doing something: where it begins, then what is clicked or (typed into, text).
#: Nothing here is confirmed, so that the demo stays as it is.
STAFF_DOING: dict[str, Way] = {
    "partners-selected": ("/admin/partners/", *FIRST_TWO),
    "partners-filter": ("/admin/partners/", ".chip-add > summary"),
    "partners-pause": ("/admin/partners/", *FIRST_TWO, "button[value=pause]"),
    "partners-manager": ("/admin/partners/", *FIRST_TWO, "button[value=manager]"),
    "partners-tag": ("/admin/partners/", *FIRST_TWO, "button[value=tag]"),
    "partner-more": ("{partner}", ".page-head .menu > summary"),
    "partner-new-422": ("/admin/partners/new", "main .btn-primary"),
    "switcher": ("/admin/", ".switcher > summary"),
    "account-menu": ("/admin/", ".account > summary"),
    "sources-assign": ("/admin/sources/?assigned=no", *FIRST_TWO, "button[value=assign]"),
    "sources-unassign": ("{partner}sources/", *FIRST_TWO, "button[value=unassign]"),
    "sources-move": ("{partner}sources/", *FIRST_TWO, "button[value=move]"),
    "source-new-422": ("/admin/sources/new", "main .btn-primary"),
    "user-remove": ("{partner}users/", "tbody tr >> nth=0 >> text=Remove"),
    "user-change": ("{partner}users/", "tbody tr >> nth=0 >> text=Change role"),
    "users-remove": ("/admin/users/", *FIRST_TWO, ".bulk button[value=remove]"),
    "users-change": ("/admin/users/", *FIRST_TWO, ".bulk button[value=change]"),
    "invites-revoke": ("/admin/invites/", *FIRST_TWO, ".bulk button[value=revoke]"),
    "invite-results": (
        "{partner}invites/?invite",
        ("#addresses", "partner-admin@demo.example, nobody@@acmeleads.example, half-an-address"),
        "form.task .btn-primary",
    ),
    "event": ("{partner}activity/", "tbody th a >> nth=0"),
    "event-edited": ("/admin/audit/?kind=partner.paused", "tbody th a >> nth=0"),
    "password-422": ("/account/", "text=Change password"),
}
PARTNER_DOING: dict[str, Way] = {
    "panel-source": ("/partner/sources/", "tbody th a >> nth=0"),
    "panel-event": ("/partner/activity/", "tbody th a >> nth=1"),
    "panel-user-remove": ("/partner/users/", "tbody tr >> nth=0 >> text=Remove"),
}
DOORS_DOING: dict[str, Way] = {
    "sign-in-422": ("/login", ("input[name=email]", "nobody@demo.example"), "main button"),
    "forgot-sent": ("/forgot", ("input[name=email]", "nobody@demo.example"), "main button"),
}


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        if len(sys.argv) > 1:
            take_everything(browser, Path(sys.argv[1]))
        else:
            take_for_readme(browser, ROOT / "docs" / "pictures")
        browser.close()


def take_for_readme(browser: Browser, folder: Path) -> None:
    page = signed_in(browser, "Admin", 1280, "light")
    take(page, README, folder, "")


def take_everything(browser: Browser, folder: Path) -> None:
    for width, scheme in ((1280, "light"), (360, "light"), (1280, "dark")):
        suffix = f"-{width}-{scheme}"
        take(opened(browser, width, scheme), DOORS | DOORS_DOING, folder, suffix)
        take(signed_in(browser, "Admin", width, scheme), STAFF | STAFF_DOING, folder, suffix)
        partner = signed_in(browser, "Partner Admin", width, scheme)
        take(partner, PARTNER | PARTNER_DOING, folder, suffix)


def opened(browser: Browser, width: int, scheme: str) -> Page:
    size = {"width": width, "height": 800}
    context = browser.new_context(viewport=size, color_scheme=scheme)
    return context.new_page()


def signed_in(browser: Browser, role: str, width: int, scheme: str) -> Page:
    page = opened(browser, width, scheme)
    person = next(person for person in DEMO["people"] if person["role"] == role)
    page.goto(f"{DEMO['url']}/login")
    page.fill("input[name=email]", person["email"])
    page.fill("input[name=password]", person["password"])
    page.click("main button")
    return page


def take(page: Page, pages: Mapping[str, Way], folder: Path, suffix: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    places = best_filled(page) if any("{" in str(way) for way in pages.values()) else {}
    for name, way in pages.items():
        path, *doing = (way,) if isinstance(way, str) else way
        page.goto(f"{DEMO['url']}{str(path).format(**places)}")
        for step in doing:
            page.fill(*step) if isinstance(step, tuple) else page.click(step)
        page.wait_for_load_state()
        page.screenshot(path=folder / f"{name}{suffix}.png", full_page=True)


def best_filled(page: Page) -> dict[str, str]:
    """Address the demo's best-filled partner and one of its live sources."""
    partner = first_link(page, "/admin/partners/?q=acme")
    source = first_link(page, "/admin/sources/?q=acme&status=live")
    return {"partner": partner, "partner_id": partner.split("/")[-2], "source": source}


def first_link(page: Page, path: str) -> str:
    page.goto(f"{DEMO['url']}{path}")
    link = page.locator("tbody th a").first.get_attribute("href") or ""
    return str(page.evaluate("link => new URL(link, location.href).pathname", link))


if __name__ == "__main__":
    main()
