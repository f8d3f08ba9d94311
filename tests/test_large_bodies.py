"""Bodies that are too large, over a real socket: refused, and never cut and taken as if whole."""

import http.client
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import select

from incoming import LARGEST_FORM
from models import Partner, across_tenants, db
from tests.servers import HOST, PATIENCE, serving, somebody

BLOCK = 16 * 1024
TOO_LARGE = LARGEST_FORM + BLOCK
NEW = "/admin/partners/new"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=edge"


@pytest.fixture(scope="module")
def site(app, settings, tmp_path_factory):
    with serving(replace(settings, instance=tmp_path_factory.mktemp("bodies"))) as site:
        yield site


@pytest.fixture
def person(world, app, site):
    return somebody(site, app, world.acme.admin)


def post(person, path, chunks, kind=URLENCODED):
    """Post in chunks, without saying beforehand how much it will be."""
    headers = {"Content-Type": kind, "Cookie": person.cookie, "Transfer-Encoding": "chunked"}
    with closing(http.client.HTTPConnection(HOST, person.site.port, timeout=PATIENCE)) as line:
        line.request("POST", path, chunks, headers, encode_chunked=True)
        return line.getresponse().status


def form(person, name, *, size=0):
    """A form of many fields, none of which is remarkable by itself."""
    yield f"csrf_token={person.token}&name={name}&account_manager=&email=a@mail.example".encode()
    for number in range(size // BLOCK):
        yield f"&filling-{number}=".encode().ljust(BLOCK, b"x")


def parts(person, name, *, size=0):
    """The same in parts."""
    fields = {"csrf_token": person.token, "name": name, "account_manager": ""}
    yield "".join(part(*field) for field in fields.items()).encode()
    for number in range(size // BLOCK):
        yield part(f"filling-{number}", "x" * BLOCK).encode()
    yield b"--edge--\r\n"


def part(name, value):
    return f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


def names(app):
    with app.app_context(), across_tenants(db.session):
        return set(db.session.scalars(select(Partner.name)))


@pytest.mark.parametrize(("made", "kind"), [(form, URLENCODED), (parts, MULTIPART)])
def test_a_form_in_chunks_is_taken_while_it_is_small(app, person, made, kind):
    status = post(person, NEW, made(person, "acme-small"), kind)

    assert status == 303
    assert "acme-small" in names(app)


@pytest.mark.parametrize("path", [NEW, "/login", "/forgot", "/logout"])
def test_a_form_in_chunks_beyond_the_limit_is_refused(app, person, path):
    before = names(app)

    status = post(person, path, form(person, "acme-large", size=TOO_LARGE))

    assert status == 413
    assert names(app) == before


def test_a_form_of_parts_in_chunks_beyond_the_limit_is_refused(app, person):
    before = names(app)

    status = post(person, NEW, parts(person, "acme-large", size=TOO_LARGE), MULTIPART)

    assert status == 413
    assert names(app) == before


def test_a_form_that_says_its_length_is_refused_as_well(app, person):
    before = names(app)

    answer = person.post(NEW, name="acme-large", notes="x" * TOO_LARGE)

    assert answer.status == 413
    assert names(app) == before
