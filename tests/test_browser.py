"""The browser of the tests shows pages, and reports what is wrong with them."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser import axe

pytestmark = pytest.mark.browser

GOOD = '<!doctype html><html lang="en"><title>Inflow</title><main><h1>Partners</h1></main>'
PAGES = {
    "/good": GOOD,
    "/bad": GOOD.replace("</main>", '<img src="data:,"></main>'),
    "/inline": GOOD + "<script>document.title = 'Broken in'</script>",
    "/gone": GOOD,
}


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(404 if self.path == "/gone" else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", "default-src 'none'; img-src data:")
        self.end_headers()
        self.wfile.write(PAGES.get(self.path, "").encode())

    def log_message(self, *_details):
        """Say nothing: the tests' own output is what counts."""


@pytest.fixture
def site():
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_axe_finds_nothing_on_a_good_page(page, site, complaints):
    page.goto(f"{site}/good")

    assert axe(page) == []
    assert complaints == []


def test_axe_finds_a_picture_without_words_in_spite_of_a_strict_policy(page, site):
    page.goto(f"{site}/bad")

    [violation] = axe(page)
    assert violation.startswith("image-alt")


def test_a_breach_of_the_policy_is_a_complaint(page, site, complaints):
    page.goto(f"{site}/inline")

    [complaint] = complaints
    assert "Content Security Policy" in complaint
    assert page.title() == "Inflow"


def test_a_page_that_is_answered_with_a_refusal_is_no_complaint(page, site, complaints):
    answer = page.goto(f"{site}/gone")

    assert answer.status == 404
    assert complaints == []


def test_a_page_can_be_narrow_and_without_scripts(new_page, site):
    page = new_page(width=390, java_script_enabled=False)
    page.goto(f"{site}/good")

    assert page.viewport_size == {"width": 390, "height": 800}
    assert page.get_by_role("heading").inner_text() == "Partners"
