"""Junk in every parameter: answered with a refusal or ignored, never with a failure."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admin_views.lists import ListScreen
from incoming import READS, REPEATABLE
from policy import PUBLIC
from tests.crawl import changed, kind_of, pages
from tests.doors import doors, open_doors

# Thousands of requests, which prove that nothing fails and not that a line is right.
pytestmark = pytest.mark.no_cover

NUL, LONG, SURROGATE = "a\0b", "x" * 10_240, "\udc80"
JUNK = (
    "",
    " ",
    "abc",
    "-1",
    "0",
    "1.5",
    "NaN",
    "99999999999999999999",
    NUL,
    LONG,
    SURROGATE,
    "' OR 1=1 --",
    '"; DROP TABLE partner; --',
    "%_\\",
    "../../etc/passwd",
    "//evil.example",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "\N{PILE OF POO}\N{ZERO WIDTH JOINER}",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
    "a\r\nSet-Cookie: a=b",
    "2026-99-99",
    "=1+1",
)
#: What can be written into an address: nothing that is empty or no text.
TYPED = [junk for junk in JUNK if junk.strip() and junk != SURROGATE]
#: What no routing can carry as it is; everything else goes into addresses too.
RAW_PATHS = ("%ff", "%00", "%ED%A0%80", "%2e%2e%2f", "a%0d%0ab", "%F0%9F%92%A9", "%", "%zz")
NEVER_ASKED = ("nobody_asked", "_external")
LIST_ARGUMENTS = ("q", "sort", "size", "after", "before", "last", *NEVER_ASKED)
#: There are hundreds of fields: each gets what differs in kind.
INTO_FORMS = ("", "-1", "99999999999999999999", LONG, "' OR 1=1 --", "2026-99-99")
THOROUGH = ("/admin/partners/", "/partner/sources/")
SOME = ("abc", "-1", "%_\\", "'")
SOME_UNASKED = (NUL, "%_\\'")
SOME_TYPED = ("abc", "-1")
VISITORS = ("admin", "partner_admin", "anybody")
FAILURE = 500


@pytest.mark.parametrize("visitor", VISITORS)
def test_junk_in_an_address_is_never_a_failure(house, visitor):
    seen, is_open = set(), open_doors(house, visitor)
    for door in doors(house.app):
        for argument in door.arguments:
            # Every door reads an identifier with the same lines: one gets all, the others some.
            # What is almost an identifier of theirs is the next test's.
            is_known = argument in seen or door not in is_open or seen.add(argument)
            own = house.argument(door, argument, house.world.acme)
            typed = [*SOME_TYPED, own + "0"] if is_known else [*TYPED, *of_other_kinds(house, own)]
            for junk in typed if door in is_open else SOME_TYPED[:1]:
                knock(house, visitor, door.method, house.address(door, **{argument: junk}))
            for raw in RAW_PATHS[:1] if is_known else RAW_PATHS:
                marked = house.address(door, **{argument: "JUNK"})
                knock(house, visitor, door.method, marked.replace("JUNK", raw))

    assert house.failures == []


@pytest.mark.parametrize("visitor", ["admin", "partner_admin"])
def test_boxes_that_share_a_name_can_be_ticked_together(house, visitor):
    shared = {
        name: page.address
        for page in pages(house, visitor)
        for form in page.forms
        for name in form.several
    }

    assert shared
    assert {name: page for name, page in shared.items() if name not in REPEATABLE} == {}


@pytest.mark.parametrize("visitor", VISITORS)
def test_junk_in_a_query_is_never_a_failure(house, visitor):
    asked = {
        (kind_of(house, page.path), name): page.address
        for page in pages(house, visitor)
        for name in [*(name for name, _ in page.query), *arguments_of(page)]
    }
    seen = set()
    for (_, name), address in asked.items():
        # What has one name is read with the same lines: one page gets all of it, the others some.
        is_known = urlsplit(address).path not in THOROUGH and (name in seen or seen.add(name))
        some = SOME_UNASKED if name in NEVER_ASKED else SOME
        for junk in some if is_known else [*JUNK, *identifiers(house)]:
            knock(house, visitor, "GET", changed(address, name, junk))
        # What no page takes is refused before a page is chosen, unless it may come several times.
        if name in REPEATABLE or not is_known:
            knock(house, visitor, "GET", changed(address, name, "1", "2"))
            knock(house, visitor, "GET", changed(address, f"{name}\0", "1"))

    assert house.failures == []


@pytest.mark.parametrize("visitor", VISITORS)
def test_junk_in_a_form_is_never_a_failure(house, visitor):
    fields = {
        (kind_of(house, form.action, form.method), numberless(name)): (form, name)
        for page in pages(house, visitor)
        for found in page.forms
        for form in found.ways()
        for name in form.names
        if form.method not in READS
    }
    seen = set()
    for (kind, _), (form, name) in fields.items():
        for junk in [*INTO_FORMS, *identifiers(house)[2:4]]:
            knock(house, visitor, "POST", form.action, data=sendable(form.with_value(name, junk)))
        knock(house, visitor, "POST", form.action, data=form.with_value(name))
        # As in a query: what no page takes is refused for all fields alike.
        if name in REPEATABLE or not (kind in seen or seen.add(kind)):
            knock(house, visitor, "POST", form.action, data=form.with_value(name, "1", "2"))
            knock(house, visitor, "POST", form.action, data=form.with_value(name, NUL))

    assert fields
    assert house.failures == []


@pytest.mark.parametrize("visitor", VISITORS)
def test_a_form_of_another_kind_or_none_at_all_is_never_a_failure(house, visitor):
    bodies = (
        {"data": b""},
        {"data": b"\xff\xfe\x00", "content_type": "application/x-www-form-urlencoded"},
        {"json": {"name": ["a"]}},
        {"data": b"--x\r\n", "content_type": "multipart/form-data; boundary=x"},
        {"data": b"a=b", "content_type": "text/plain"},
        {"data": {f"field{n}": "1" for n in range(2000)}},
        {"data": {"name": "x" * 2_000_000}},
        {"data": house.body() | {"name": NUL, "reason": NUL}},
    )
    is_open = open_doors(house, visitor)
    for door in doors(house.app):
        if door.method == "POST":
            # Where the gate sends people away, nothing of the body is asked for.
            for body in bodies if door in is_open else bodies[1:2]:
                knock(house, visitor, "POST", house.address(door), **body)

    assert house.failures == []


def numberless(name):
    """The field of any row of a form with many alike: rows-3-name is rows-0-name."""
    return re.sub(r"\d+", "0", name)


@pytest.mark.parametrize("kind", ["reversed", "upper", "other", "short"])
@pytest.mark.parametrize("visitor", ["admin", "partner_admin"])
def test_an_identifier_that_is_almost_right_is_not_found(house, visitor, kind):
    answers = {
        f"{door.name} {argument}": house.open(
            visitor,
            door.method,
            house.address(door, **{argument: almost(house, door, argument, kind)}),
            data=house.body(door) if door.method == "POST" else None,
        ).status_code
        for door in open_doors(house, visitor)
        for argument in door.arguments
        if door.endpoint not in PUBLIC
    }

    # A page that asks about a change answers 400 first, where the change is not named.
    assert {name: status for name, status in answers.items() if status not in {400, 404}} == {}


def test_whatever_is_typed_into_a_list_is_never_a_failure(house):
    lists = [
        house.address(door)
        for door in doors(house.app)
        if isinstance(
            getattr(house.app.view_functions[door.endpoint], "__self__", None), ListScreen
        )
        and door.method == "GET"
    ]

    @settings(
        max_examples=60,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        st.sampled_from(lists),
        st.sampled_from(LIST_ARGUMENTS),
        st.text(st.characters(codec="utf-8"), max_size=60),
    )
    def type_it(address, name, text):
        knock(house, "admin", "GET", changed(address, name, text))

    type_it()

    assert house.failures == []


def knock(house, visitor, method, address, **values):
    """Send it; a failure that no exception reports is one too."""
    before = len(house.failures)
    answer = house.open(visitor, method, address, **values)
    if answer.status_code >= FAILURE and len(house.failures) == before:
        house.failures.append(f"{method} {address[:120]} answered {answer.status_code}")


def arguments_of(page):
    """What a page may be asked: what its search and filters send, and what every list takes."""
    sent = {name for form in page.forms if form.method in READS for name in form.names}
    is_list = any(form.action.startswith(page.path) and "q" in form.names for form in page.forms)
    return sent | set(LIST_ARGUMENTS) if is_list else {*NEVER_ASKED}


def identifiers(house):
    acme, rival = house.world.acme, house.world.rival
    return [
        acme.partner.public_id.upper(),
        acme.source.public_id,
        acme.partner_user.public_id,
        rival.partner.public_id,
        rival.invite.public_id,
    ]


def of_other_kinds(house, own):
    return [own.upper(), own[::-1], own + "0", own[:-1], *identifiers(house)]


def almost(house, door, argument, kind):
    own = house.argument(door, argument, house.world.acme)
    other = house.world.acme.invite if own.startswith("partner") else house.world.acme.partner
    return {
        "reversed": own[::-1],
        "upper": own.upper(),
        "other": other.public_id,
        "short": own[:-1],
    }[kind]


def sendable(filled):
    """Lone surrogates cannot be sent as text: what arrives then is broken UTF-8."""
    return {
        name: [
            value.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for value in values
        ]
        for name, values in filled.items()
    }
