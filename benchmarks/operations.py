"""What is measured: the pages of SPEED and of the lists over leads, and assigning at once."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle

from benchmarks.measure import FLOOR, Operation
from benchmarks.names import Kind, active, identifier_of
from benchmarks.servers import Browser
from models.base import public_id

#: Partner 1 has the source that most of the calls came to.
PARTNER = public_id("partner", identifier_of(Kind.PARTNER, 1))
SOURCE = public_id("source", identifier_of(Kind.SOURCE, 2))
WAS = re.compile(r'name="was" value="([^"]+)"')
#: What it is called, what it may cost in milliseconds, its address.
PAGES = (
    ("partner list, page 1", 8, "partners/"),
    ("last page", 8, "partners/?last=1"),
    ("filter by status, sort by name", 8, "partners/?status=active&sort=name"),
    ("at least 100 received, the most first", 8, "partners/?received=100&sort=-received"),
    ("search, part of a name", 12, "partners/?q=421"),
    ("search, thousands match", 25, "partners/?q=amber+falcon"),
    ("partner page", 12, f"partners/{PARTNER}/"),
    ("partner's sources", 12, f"partners/{PARTNER}/sources/"),
    ("partner's users", 12, f"partners/{PARTNER}/users/"),
    ("partner's invites", 12, f"partners/{PARTNER}/invites/"),
    ("edit form", 8, f"partners/{PARTNER}/edit"),
    ("source list", 8, "sources/"),
    ("source page", 25, f"sources/{SOURCE}/"),
    ("user list", 8, "users/"),
    ("user list, by name", 8, "users/?sort=name"),
    ("invite list", 8, "invites/"),
    ("lead list", 8, "leads/"),
    ("lead list, last page", 8, "leads/?last=1"),
    ("leads of one partner", 12, f"leads/?partner={PARTNER}"),
    ("lead by e-mail", 8, "leads/?q=ann777@lead.example"),
    ("calls of one source", 12, f"sources/{SOURCE}/submissions/"),
    ("rejected calls of one source", 12, f"sources/{SOURCE}/submissions/?outcome=rejected"),
    ("audit", 8, "audit/"),
    ("search across everything", 25, "search/?q=421"),
    ("dashboard", 25, ""),
    ("dashboard, 90 days", 25, "?range=90"),
)


def operations(floor: Browser, browser: Browser) -> Iterator[Operation]:
    """List what is measured; the floor comes first."""
    yield Operation(FLOOR, None, lambda: floor.get("/"))
    for name, target, path in PAGES:
        ask = _page(browser, f"/admin/{path}")
        yield Operation(name, target, ask, count=lambda: browser.statements)


def assigning(browser: Browser, numbers: Sequence[int]) -> Operation:
    """Assign these sources in one action; they are taken back before each."""
    sources = [public_id("source", identifier_of(Kind.SOURCE, n)) for n in numbers]
    partners = cycle(public_id("partner", identifier_of(Kind.PARTNER, n)) for n in active(300))
    ids = [("id", source) for source in sources]

    def assign() -> tuple[int, bytes]:
        to = [("partner", next(partners)), ("credit", "leave"), ("asked", "1")]
        return browser.post("/admin/sources/selected/assign", [*ids, *to])

    def take_back() -> None:
        address = "/admin/sources/selected/unassign"
        _, page = browser.post(address, ids)
        if found := WAS.search(page.decode()):  # not before the first
            browser.post(address, [*ids, ("was", found[1])])

    name, count = f"assign {len(sources)} sources in one action", lambda: browser.statements
    return Operation(name, 80, assign, prepare=take_back, count=count)


def _page(browser: Browser, address: str) -> Callable[[], tuple[int, bytes]]:
    return lambda: browser.get(address)
