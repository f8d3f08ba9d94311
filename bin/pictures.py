"""Take the README's pictures from a running demo: `.venv/bin/python bin/pictures.py [FOLDER]`.

With a folder, every main page is taken there, wide and narrow, light and dark, to be looked at.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import FLAGS, chromium  # noqa: E402 - found once the path is set

INSTANCE = Path(os.environ.get("INSTANCE") or ROOT / "instance")
DEMO = json.loads((INSTANCE / "demo.json").read_text(encoding="utf-8"))
README = {"partner-list": "/admin/partners/", "partner-invites": "{partner}invites/"}
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
}
PARTNER = {
    "panel-dashboard": "/partner/",
    "panel-sources": "/partner/sources/",
    "panel-users": "/partner/users/",
    "panel-invites": "/partner/invites/",
    "panel-activity": "/partner/activity/",
    "panel-account": "/partner/account/",
}
DOORS = {"sign-in": "/login", "forgot": "/forgot", "dead-link": "/invites/00000000.nothing"}


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
        take(opened(browser, width, scheme), DOORS, folder, suffix)
        take(signed_in(browser, "Admin", width, scheme), STAFF, folder, suffix)
        take(signed_in(browser, "Partner Admin", width, scheme), PARTNER, folder, suffix)


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


def take(page: Page, pages: dict[str, str], folder: Path, suffix: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in resolved(page, pages):
        page.goto(f"{DEMO['url']}{path}")
        page.screenshot(path=folder / f"{name}{suffix}.png", full_page=True)


def resolved(page: Page, pages: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Put the demo's best-filled partner in the place of {partner}."""
    partner = ""
    if any("{partner}" in path for path in pages.values()):
        page.goto(f"{DEMO['url']}/admin/partners/?q=acme")
        link = page.locator("tbody th a").first.get_attribute("href") or ""
        partner = page.evaluate("link => new URL(link, location.href).pathname", link)
    for name, path in pages.items():
        yield name, path.replace("{partner}", partner)


if __name__ == "__main__":
    main()
