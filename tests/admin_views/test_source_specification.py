"""A source's specification in both panels: read, shared by link, mailed, revoked."""

import re

import pytest
from sqlalchemy import func, select

from models import Letter, Role, Source, SourceStatus, SpecificationLink, db, now
from tests.keys import SECRET, credential_of, link_of
from tests.world import member

LINK = re.compile(r"<code>http://localhost(/specs/[^<]+)</code>")
SHARE = re.compile(r'formaction="([^"]+/share[^"]+)"')
PANELS = pytest.mark.parametrize("panel", ["admin", "partner"])


def page(side, panel="admin", what=""):
    return f"/{panel}/sources/{side.source.public_id}/specification/{what}"


def browser(sign_in, side, panel):
    return sign_in(side.admin if panel == "admin" else side.partner_admin)


def change(stored, side, **values):
    def work():
        source = db.session.get(Source, (side.tenant.id, side.source.id))
        for name, value in values.items():
            setattr(source, name, value)

    stored(work)


def links_of(stored):
    return stored(lambda: list(db.session.scalars(select(SpecificationLink))))


@PANELS
def test_it_says_where_to_send_what_and_how(stored, world, sign_in, panel):
    key = stored(lambda: credential_of(world.acme)).key

    text = browser(sign_in, world.acme, panel).get(page(world.acme, panel)).text

    assert "http://localhost/api/v1/leads" in text
    assert key in text
    assert "<code>first_name</code>" in text
    assert "validation_failed" in text
    assert "duplicate@example.com" in text
    assert "Idempotency-Key" in text
    assert SECRET not in text
    for language in ("cURL", "Python", "PHP", "JavaScript"):
        assert f">{language}</h3>" in text


def test_it_says_what_state_the_source_is_in(stored, world, sign_in):
    client = sign_in(world.acme.admin)

    change(stored, world.acme, status=SourceStatus.TEST, rate_limit=0)
    in_test = client.get(page(world.acme)).text
    change(stored, world.acme, status=SourceStatus.PAUSED)
    paused = client.get(page(world.acme)).text

    assert "This source is in test." in in_test
    assert "None." in in_test
    assert "This source is paused." in paused


@PANELS
def test_a_link_is_shown_once_and_opens_the_page(world, sign_in, anybody, panel):
    client = browser(sign_in, world.acme, panel)
    [share] = SHARE.findall(client.get(page(world.acme, panel)).text)

    answer = client.post(share)
    again = client.post(share)

    [link] = LINK.findall(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert anybody.get(link).status_code == 200
    listed = client.get(page(world.acme, panel)).text
    assert link not in listed
    assert again.status_code == 409
    assert "This link was made already" in again.text
    assert "1 live link<" in listed


@pytest.mark.parametrize("role", ["support", "sales", "partner_user"])
def test_whoever_may_open_it_may_share_it(world, sign_in, role, ticket_for):
    member = getattr(world.acme, role)
    panel = "partner" if member.partner_id else "admin"

    drawn = ticket_for(world.acme.source)
    answer = sign_in(member).post(page(world.acme, panel, "share"), query_string=drawn)

    assert LINK.findall(answer.text)


@PANELS
def test_live_links_are_listed_and_revoked(stored, world, sign_in, panel):
    live = stored(lambda: link_of(world.acme))
    stored(lambda: link_of(world.acme, revoked_at=now()))
    client = browser(sign_in, world.acme, panel)

    listed = client.get(page(world.acme, panel)).text
    asked = client.get(page(world.acme, panel, f"?revoke={live.public_id}")).text
    done = client.post(
        page(world.acme, panel, f"links/{live.public_id}/revoke"), follow_redirects=True
    )

    assert "1 live link" in listed
    assert "Revoke this link?" in asked
    assert "0 live links" in done.text


def test_another_partner_does_not_read_whom_the_one_before_told(stored, world, sign_in, ticket_for):
    acme, old = world.acme, sign_in(world.acme.partner_admin)
    old.post(page(acme, "partner", "mail"), data={"id": acme.partner_user.public_id})
    old.post(page(acme, "partner", "share"), data=ticket_for(acme.source))
    links = links_of(stored)
    newcomer = stored(
        lambda: member("acme-newcomer", acme.tenant, Role.PARTNER_ADMIN, acme.other_partner)
    )
    change(stored, acme, partner_id=acme.other_partner.id)
    new = sign_in(newcomer)

    text = new.get(page(acme, "partner")).text
    answers = [new.post(page(acme, "partner", f"links/{link.public_id}/revoke")) for link in links]

    assert len(links) == 2
    assert acme.partner_user.user.email not in text
    assert acme.partner_admin.user.name not in text
    assert [answer.status_code for answer in answers] == [404, 404]


@PANELS
def test_it_is_mailed_to_the_people_who_were_ticked(stored, world, sign_in, panel):
    client = browser(sign_in, world.acme, panel)

    asked = client.get(page(world.acme, panel, "?mail=1")).text
    form = {"id": [world.acme.partner_admin.public_id, world.acme.partner_user.public_id]}
    done = client.post(page(world.acme, panel, "mail"), data=form, follow_redirects=True)

    mailed = stored(
        lambda: db.session.scalars(
            select(Letter.to_email).where(Letter.kind == "specification")
        ).all()
    )
    assert "acme-partner-user@mail.example" in asked
    assert "acme-customer-support" not in asked
    assert "Mailed to 2 people." in done.text
    assert len(mailed) == len(links_of(stored)) == 2


def test_mailing_nobody_comes_back_with_a_sentence(stored, world, sign_in):
    answer = sign_in(world.acme.admin).post(page(world.acme, what="mail"))

    assert answer.status_code == 422
    assert "Choose at least one person" in answer.text
    assert links_of(stored) == []


def test_nobody_else_can_be_mailed(stored, world, sign_in):
    client = sign_in(world.acme.admin)

    for stranger in (world.acme.support, world.rival.partner_user):
        ids = [world.acme.partner_user.public_id, stranger.public_id]
        assert client.post(page(world.acme, what="mail"), data={"id": ids}).status_code == 404
    assert links_of(stored) == []


def test_a_partner_user_sees_no_colleagues_here(stored, world, sign_in):
    stored(lambda: link_of(world.acme, email="acme-partner-admin@mail.example"))
    client = sign_in(world.acme.partner_user)

    text = client.get(page(world.acme, "partner", "?mail=1")).text

    assert "Mail it" not in text
    assert "acme-partner-admin@mail.example" not in text
    assert "One of your colleagues" in text
    assert client.post(page(world.acme, "partner", "mail")).status_code == 403


def test_a_source_with_nobody_has_nobody_to_mail(world, sign_in):
    address = f"/admin/sources/{world.acme.free_source.public_id}/specification/"

    text = sign_in(world.acme.admin).get(f"{address}?mail=1").text

    assert "Mail it" not in text
    assert "Make a link" in text


def test_a_deleted_source_is_not_shared(stored, world, sign_in):
    change(stored, world.acme, deleted_at=now())
    client = sign_in(world.acme.admin)

    assert "Make a link" not in client.get(page(world.acme)).text
    assert client.post(page(world.acme, what="share")).status_code == 404


def test_a_link_of_another_source_is_not_found_here(stored, world, sign_in):
    other = stored(lambda: link_of(world.acme))
    address = f"/admin/sources/{world.acme.free_source.public_id}/specification/"

    answer = sign_in(world.acme.admin).post(f"{address}links/{other.public_id}/revoke")

    assert answer.status_code == 404
    assert (
        stored(
            lambda: db.session.scalar(
                select(func.count()).where(SpecificationLink.revoked_at.is_not(None))
            )
        )
        == 0
    )
