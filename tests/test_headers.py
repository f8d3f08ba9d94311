"""Headers and hygiene of every answer: policies, cookies, tokens, methods, where one is sent."""

import re
from dataclasses import replace

import pytest
from flask.sessions import SecureCookieSessionInterface

from guard import local_path
from policy import PUBLIC
from tests.doors import doors
from tests.world import PASSWORD

# Every page: which lines that runs tells nothing.
pytestmark = pytest.mark.no_cover

ALWAYS = {
    "X-Content-Type-Options": {"nosniff"},
    # Pages whose address holds a token tell it to nobody.
    "Referrer-Policy": {"same-origin", "no-referrer"},
    "Cross-Origin-Opener-Policy": {"same-origin"},
}
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
}
#: Opened by a credential that no browser sends by itself, so nothing can be forged.
NO_FORM = {"intake.leads"}
ELSEWHERE = (
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "http://localhost@evil.example",
    "http://localhost\\@evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "/%09/evil.example\r\nSet-Cookie: a=b",
    "data:text/html,hi",
    "evil.example",
)


@pytest.fixture
def guarded(house):
    """The house with its forms guarded, as they are outside the tests."""
    house.app.config["WTF_CSRF_ENABLED"] = True
    yield house
    house.app.config["WTF_CSRF_ENABLED"] = False


def complaints_about(answer, *, is_file=False):
    headers = answer.headers
    wrong = [name for name, values in ALWAYS.items() if headers.get(name) not in values]
    policy = set(headers.get("Content-Security-Policy", "").split("; "))
    wrong += sorted(POLICY - policy)
    wrong += [part for part in policy if "unsafe" in part or "*" in part]
    if not is_file and headers.get("Cache-Control") != "no-store":
        wrong.append(f"Cache-Control: {headers.get('Cache-Control')}")
    return wrong


@pytest.mark.parametrize("visitor", ["anybody", "admin", "partner_admin"])
def test_every_answer_carries_the_headers(house, visitor):
    wrong = {
        f"{door.name} ({answer.status_code})": found
        for door in doors(house.app)
        if (
            found := complaints_about(
                answer := house.knock(visitor, door), is_file=door.endpoint == "static"
            )
        )
    }

    assert wrong == {}


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/no/such/page", 404),
        ("GET", "/static/no-such-file.css", 404),
        ("GET", "/static/../policy.py", 404),
        ("DELETE", "/admin/", 405),
        ("TRACE", "/login", 405),
        ("POST", "/login?email=a&email=b", 400),
        ("GET", "/admin/partners/?q=%00", 400),
    ],
)
def test_errors_carry_the_headers_too(house, method, address, status):
    answer = house.open("admin", method, address)

    assert answer.status_code == status
    assert complaints_about(answer) == []


def test_a_failure_of_our_own_carries_the_headers_and_tells_nothing(settings, build):
    app = build(settings)
    app.logger.disabled = True
    app.view_functions["front.healthz"] = lambda: 1 / 0

    answer = app.test_client().get("/healthz")

    assert answer.status_code == 500
    assert complaints_about(answer) == []
    assert not re.search("ZeroDivision|Traceback|File ", answer.text)


def test_files_of_the_style_are_served_with_the_headers(house):
    answer = house.open("anybody", "GET", f"{house.app.static_url_path}/inflow.css")

    assert answer.status_code == 200
    assert complaints_about(answer, is_file=True) == []


def test_outside_of_https_nothing_is_said_about_https(house):
    assert "Strict-Transport-Security" not in house.open("anybody", "GET", "/login").headers


def test_on_https_the_cookie_is_secure_and_bound_to_the_host(settings, build, world):
    app = build(replace(settings, public_url="https://leads.example", secret_key="s" * 40))
    app.config["WTF_CSRF_ENABLED"] = False

    answer = app.test_client().post(
        "/login",
        data={"email": world.acme.admin.user.email, "password": PASSWORD},
        base_url="https://leads.example",
    )

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-inflow=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert "Expires" not in cookie
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_the_cookie_names_a_session_and_no_person(app, world, sign_in):
    client = sign_in(world.acme.admin)

    value = client.get_cookie("inflow").value
    held = SecureCookieSessionInterface().get_signing_serializer(app).loads(value)
    assert not {"email", "role", "tenant_id", "membership_id"} & held.keys()
    assert str(world.acme.admin.user_id) not in str(held)
    assert len(held["_user_id"]) >= 43


def test_every_form_refuses_what_does_not_come_from_its_page(guarded):
    for door in doors(guarded.app):
        if door.method != "POST" or door.endpoint in NO_FORM:
            continue
        for data in (guarded.body(door), guarded.body(door) | {"csrf_token": "made up"}):
            answer = guarded.knock("admin", door, data=data)

            assert answer.status_code == 400, door.name
            assert not guarded.snapshot.is_changed, door.name


def test_a_token_of_another_session_is_refused(guarded):
    page = guarded.open("partner_admin", "GET", "/partner/")
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)[1]

    answer = guarded.open(
        "admin", "POST", "/account/theme", data={"theme": "dark", "csrf_token": token}
    )

    assert answer.status_code == 400


def test_no_page_answers_to_a_method_that_it_does_not_declare(house):
    found = doors(house.app)
    declared = {(door.rule.rule, door.method) for door in found}
    for rule, door in {door.rule.rule: door for door in found}.items():
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            if (rule, method) in declared:
                continue
            answer = house.open("admin", method, house.address(door))

            assert answer.status_code in {308, 404, 405}, f"{method} {rule}"
            assert not house.snapshot.is_changed


def test_looking_never_changes_anything(house):
    for door in doors(house.app):
        if door.method != "GET" or door.endpoint == "front.home":
            continue
        for method in ("GET", "HEAD", "OPTIONS"):
            house.open("admin", method, house.address(door))

            assert not house.snapshot.is_changed, f"{method} {door.rule.rule}"


def test_a_foreign_host_name_never_gets_into_an_answer(house):
    for door in doors(house.app):
        if door.method == "GET":
            for headers in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}):
                answer = house.knock("admin", door, environ_overrides=environment(headers))

                assert "evil.example" not in answer.text, door.name
                assert "evil.example" not in answer.headers.get("Location", ""), door.name


@pytest.mark.parametrize("address", ["/admin/partners", "/admin//partners/?q=a"])
def test_a_slash_is_mended_without_naming_the_host(house, address):
    host = environment({"Host": "evil.example"})

    answer = house.open("admin", "GET", address, environ_overrides=host)

    assert answer.status_code == 308
    assert answer.headers["Location"] in {"/admin/partners/", "/admin/partners/?q=a"}
    assert "evil.example" not in answer.text


def environment(headers):
    return {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}


@pytest.mark.parametrize("where", ELSEWHERE)
def test_signing_in_never_leads_elsewhere(house, where):
    person = house.people["admin"].user
    data = {"email": person.email, "password": PASSWORD, "next": where}

    for address in ("/login", "/login?next=" + quoted(where)):
        answer = house.open("anybody", "POST", address, data=data)

        assert leads_home(answer)


@pytest.mark.parametrize("where", ELSEWHERE[:4])
def test_no_deed_leads_elsewhere(house, where):
    for door in doors(house.app):
        if door.method == "POST":
            places = dict.fromkeys(("next", "url", "back"), where)
            answer = house.knock("admin", door, data=house.body(door) | places)

            assert leads_home(answer), door.name


@pytest.mark.parametrize("where", ELSEWHERE)
def test_only_a_path_of_ours_is_a_place_to_go(where):
    assert local_path(where, "/fallback") == "/fallback"


def test_an_anonymous_visitor_is_led_to_sign_in_from_every_gated_page(house):
    for door in doors(house.app):
        if door.endpoint not in PUBLIC:
            answer = house.knock("anybody", door)

            assert answer.status_code == 302, door.name
            assert answer.location.startswith("/login"), door.name


def test_a_referrer_that_is_no_address_is_no_page_to_return_to(house):
    for door in doors(house.app):
        house.knock("admin", door, environ_overrides={"HTTP_REFERER": "http://["})

    assert house.failures == []


@pytest.mark.parametrize("where", ["/\t/[", "/\n/[x"])
def test_a_place_to_go_that_is_no_address_leads_home(house, where):
    answer = house.open("anybody", "GET", "/login?next=" + quoted(where))

    assert answer.status_code == 200
    assert local_path(where, "/fallback") == "/fallback"


def leads_home(answer):
    where = answer.headers.get("Location", "/")
    return where.startswith("/") and not where.startswith(("//", "/\\")) and "evil" not in where


def quoted(text):
    return "".join(f"%{byte:02x}" for byte in text.encode())
