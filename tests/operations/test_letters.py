"""Letters: every one of them can be written, whatever people are called."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from models import AccountLetter, Letter, Tenant, now
from models.base import new_id
from operations import letters

KINDS = sorted(folder.name for folder in (letters.TEMPLATES / "mail").iterdir() if folder.is_dir())
ODD = {
    "quotes": 'Ann "the <b>Boss</b>" O\'Neil, Inc.',
    "right to left": "\u05d0\u05d1\u05d2 \u202e\u05d3\u05d4",
    "script": "<script>alert(1)</script>",
    "lines": "Ann\r\nBcc: everybody@mail.example\n\nhttp://evil.example",
    "long": "Ann " * 29,
    "signs": "Ann\x00\x1b\ud800 Åsa 🎉",
}
SCRIPT = "<script>"


def a_letter(kind, name="Ann", **values):
    named = ("person", "source", "actor", "inviter", "partner", "role", "role_before", "message")
    facts = dict.fromkeys(named, name)
    facts |= {"person_email": "ann@mail.example", "expires": "2026-11-30T23:30:00+00:00"}
    row = {"id": new_id(), "kind": kind, "to_email": "bob@mail.example", "to_name": name}
    return Letter(**{**row, "facts": facts, "queued_at": now(), **values})


def written(letter, settings, tenant=None, **made):
    envelope = letters.write(letter, tenant, made, settings)
    return message_from_bytes(envelope.content, policy=policy.default)


def parts(message):
    bodies = [message.get_body((kind,)).get_content() for kind in ("plain", "html")]
    return [body.replace("\r\n", "\n") for body in bodies]


def test_there_are_these_letters():
    assert KINDS == [
        "accepted",
        "declined",
        "go_live_answered",
        "go_live_asked",
        "invite",
        "mapping_changed",
        "password_changed",
        "password_reset",
        "removed",
        "role_changed",
        "source_flow",
        "specification",
    ]


@pytest.mark.parametrize("name", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_can_be_written_whatever_people_are_called(kind, name, settings):
    tenant = Tenant(name=name, time_zone="America/Chicago")

    message = written(a_letter(kind, name), settings, tenant, link="/x/token")

    text, html = parts(message)
    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == ["bob@mail.example"]
    assert SCRIPT not in html
    assert not any(sign in text + html for sign in letters.TURNING)


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"removed"}))
def test_a_link_begins_with_the_public_address(kind, settings):
    message = written(a_letter(kind), settings, link="/x/token")

    text, html = parts(message)
    assert "\nhttp://localhost/x/token\n" in text
    assert 'href="http://localhost/x/token"' in html


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_stands_in_lines_of_its_own(kind, settings):
    message = written(a_letter(kind, "Ann"), settings, Tenant(name="Acme", time_zone="UTC"))

    text, _html = parts(message)

    assert "\n\n\n" not in text
    assert text.splitlines()[-1].endswith("Please do not reply; this address is not read.")


def test_a_name_begins_no_line_of_its_own(settings):
    text, _html = parts(written(a_letter("accepted", ODD["lines"]), settings))

    assert not any(line.startswith(("Bcc:", "http://evil")) for line in text.splitlines())


def test_the_personal_message_keeps_its_lines_and_is_quoted(settings):
    letter = a_letter("invite")
    letter.facts["message"] = "Hello,\r\nhere it is.\n.hidden"

    text, html = parts(written(letter, settings, link="/invites/token"))

    assert "> Hello,\n> here it is.\n> .hidden\n" in text
    assert "Hello,<br>here it is.<br>.hidden" in html


def test_times_are_the_tenants(settings):
    tenant = Tenant(name="Acme", time_zone="America/Chicago")

    text, _html = parts(written(a_letter("invite"), settings, tenant, link="/invites/token"))

    assert "until 30 Nov 2026, 17:30 CST" in text


def test_the_facts_that_are_made_as_it_leaves_win(settings):
    letter = a_letter("password_reset")

    text, _html = parts(
        written(letter, settings, link="/reset/t", expires="2026-12-01T10:00:00+00:00")
    )

    assert "until 1 Dec 2026, 10:00 UTC" in text


def test_the_way_out_is_named_when_a_password_changed(settings):
    letter = AccountLetter(
        id=new_id(), kind="password_changed", to_email="a@mail.example", to_name="Ann", facts={}
    )
    letter.queued_at = now()

    text, _html = parts(written(letter, settings))

    assert "http://localhost/forgot" in text
    assert "The password of a@mail.example was changed" in text


def test_names_arrive_as_they_were_typed(settings):
    message = written(a_letter("accepted", 'Åsa "Q", 李'), settings)

    assert message["To"].addresses[0].display_name == 'Åsa "Q", 李'
    assert message["Subject"].startswith('Åsa "Q", 李 accepted')
    assert message["From"] == "Inflow <no-reply@localhost>"


def test_a_domain_beyond_ascii_is_written_as_every_server_takes_it(settings):
    envelope = letters.write(
        a_letter("accepted", to_email="ann@bücher.example"), None, {}, settings
    )

    assert envelope.recipient == "ann@xn--bcher-kva.example"
    assert not envelope.needs_utf8
    assert envelope.content.isascii()


def test_an_address_beyond_ascii_says_so(settings):
    envelope = letters.write(a_letter("accepted", to_email="åsa@mail.example"), None, {}, settings)

    assert envelope.recipient == "åsa@mail.example"
    assert envelope.needs_utf8
    assert "To: Ann <åsa@mail.example>".encode() in envelope.content


def test_every_letter_has_its_three_parts():
    folders = [Path(letters.TEMPLATES, "mail", kind) for kind in KINDS]

    assert {tuple(sorted(part.name for part in folder.iterdir())) for folder in folders} == {
        ("body.html", "body.txt", "subject.txt")
    }
