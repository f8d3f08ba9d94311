"""Chromium for the browser tests: pages, what goes wrong on them, and what axe finds."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright

FLAGS = [
    "--no-sandbox",  # root may not use the sandbox
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

OpenPage = Callable[..., Page]


def chromium() -> str | None:
    """Find the system's Chromium; without one, Playwright starts the build of its own."""
    return shutil.which("chromium")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the pages of this test complained about: broken policy, script errors, missing files."""
    return []


@pytest.fixture
def new_page(browser: Browser, complaints: list[str]) -> Iterator[OpenPage]:
    """Open a page as one more person: `new_page(width=390, java_script_enabled=False)`."""
    contexts = []

    def open_page(width: int = 1280, height: int = 800, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="en-US", **options
        )
        contexts.append(context)
        page = context.new_page()
        listen(page, complaints)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: OpenPage) -> Page:
    return new_page()


def listen(page: Page, complaints: list[str]) -> None:
    """Keep every complaint, except that the page itself was answered with a refusal."""
    visited: set[str] = set()

    def on_response(response: Response) -> None:
        if response.request.is_navigation_request():
            visited.add(response.url)

    def on_console(message: ConsoleMessage) -> None:
        is_refusal = message.text.startswith("Failed to load resource")
        if message.type == "error" and not (is_refusal and message.location["url"] in visited):
            complaints.append(message.text)

    page.on("response", on_response)
    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))


def axe(page: Page, *rules: str) -> list[str]:
    """Name each breach of accessibility on the page, by all rules or these, with its element."""
    # The inspector's own channel: a page's content security policy does not reach it.
    inspector = page.context.new_cdp_session(page)
    if not inspector.send("Runtime.evaluate", {"expression": "'axe' in window"})["result"]["value"]:
        script = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
        inspector.send("Runtime.evaluate", {"expression": script})
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    answer = inspector.send(
        "Runtime.evaluate",
        {
            "expression": f"axe.run({json.dumps(options)})",
            "awaitPromise": True,
            "returnByValue": True,
        },
    )
    inspector.detach()
    violations = answer["result"]["value"]["violations"]
    return [
        f"{violation['id']}: {violation['help']}: {node['html']}"
        for violation in violations
        for node in violation["nodes"]
    ]


def is_installed() -> bool:
    with sync_playwright() as playwright:
        return Path(chromium() or playwright.chromium.executable_path).exists()


if __name__ == "__main__":
    sys.exit(not is_installed())
