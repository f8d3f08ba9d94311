"""The page of a source's credentials: rotation, table, tasks, and the secret that is shown once."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models import Credential, CredentialState, PartnerStatus, across_tenants, db, now
from operations.issuing import CONSOLE
from operations.sessions import fingerprint
from tests.keys import SECRET, called, credential_of, rotation_of
from tests.statements import counted

SHOWN = re.compile(r"<dt>(Key|Secret|Token)</dt><dd><code>([^<]+)</code>")
ONCE = re.compile(r'name="once" value="([^"]+)"')
PANELS = pytest.mark.parametrize("panel", ["admin", "partner"])


def page(side, panel="admin", what=""):
    return f"/{panel}/sources/{side.source.public_id}/credentials/{what}"


def browser(sign_in, side, panel):
    return sign_in(side.admin if panel == "admin" else side.partner_admin)


@pytest.fixture
def now_of(app):
    def read(row):
        with app.app_context(), across_tenants(db.session):
            return db.session.get(Credential, (row.tenant_id, row.id))

    return read


@pytest.fixture
def asked(world, ticket_for):
    """What the question for a credential of acme's source carries along."""
    return ticket_for(world.acme.source)


def count(app):
    with app.app_context(), across_tenants(db.session):
        return db.session.scalar(select(func.count()).select_from(Credential))


def newest(app):
    with app.app_context(), across_tenants(db.session):
        return db.session.scalars(select(Credential).order_by(Credential.created_at.desc())).first()


@PANELS
def test_a_source_without_credentials_offers_to_issue_one(world, sign_in, panel):
    client = browser(sign_in, world.acme, panel)

    empty = client.get(page(world.acme, panel)).text
    overview = client.get(f"/{panel}/sources/{world.acme.source.public_id}/").text

    assert "No credentials yet" in empty
    assert "This source has no credential yet." in overview
    assert page(world.acme, panel, "?new=1") in overview


@PANELS
def test_the_secret_is_shown_on_the_answer_and_never_again(app, asked, world, sign_in, panel):
    client = browser(sign_in, world.acme, panel)
    form = {"name": "Landing pages", "kind": "basic", "leads": "live", **asked}

    answer = client.post(page(world.acme, panel, "issue"), data=form)

    shown, kept = dict(SHOWN.findall(answer.text)), newest(app)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert shown["Key"] == kept.key
    assert fingerprint(shown["Secret"]) == kept.secret_hash
    later = client.get(page(world.acme, panel)).text
    assert "Landing pages" in later
    assert shown["Secret"] not in later
    assert kept.key[-12:] in later


def test_a_bearer_token_is_shown_as_one_text(app, asked, world, sign_in):
    form = {"name": "CRM", "kind": "bearer", "leads": "test", "expires": "2999-12-31", **asked}

    answer = sign_in(world.acme.admin).post(page(world.acme, what="issue"), data=form)

    shown, kept = dict(SHOWN.findall(answer.text)), newest(app)
    key, _, secret = shown["Token"].partition(f"{kept.key}_")
    assert (key, fingerprint(secret)) == ("", kept.secret_hash)
    assert kept.key.startswith("inf_test_")
    assert kept.expires_at.year == 3000


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": ""}, "Give it a name"),
        ({"name": "Console"}, "test console"),
        ({"name": "x", "kind": "none"}, "Not a valid choice"),
        ({"name": "x", "expires": "yesterday"}, "Not a valid date"),
        ({"name": "x", "expires": "2020-01-01"}, "in the future"),
        ({"name": "x", "expires": "9999-12-31"}, "before the year 9999"),
    ],
)
def test_what_cannot_be_taken_comes_back_with_the_error(app, asked, world, sign_in, form, said):
    client = sign_in(world.acme.admin)
    filled = {"kind": "basic", "leads": "live", **asked, **form}

    answer = client.post(page(world.acme, what="issue"), data=filled)

    assert answer.status_code == 422
    assert said in answer.text
    assert newest(app) is None


@PANELS
def test_a_rotation_is_shown_with_its_meter_and_its_chart(stored, world, sign_in, panel):
    stored(lambda: rotation_of(world.acme))

    text = browser(sign_in, world.acme, panel).get(page(world.acme, panel)).text

    assert "Rotation in progress" in text
    assert ">19 hours 59 minutes</span>" in text
    assert "82 %" in text
    assert "14 of 17 calls" in text
    assert "from 203.0.113.24" in text
    assert "3 calls used the old key in the last 24 hours" in text
    assert ": new 14, old 3</title>" in text
    assert "rival-" not in text


@pytest.mark.parametrize(
    ("old_used", "new_used", "said"),
    [
        (1, None, "No call has come with the new key yet."),
        (30, 1, "Safe to close: no call has come with the old key for 24 hours."),
        (12, 1, "Safe to close: no call has come with the old key since the new one is in use."),
    ],
)
def test_the_page_says_whether_the_old_one_can_be_closed(
    stored, world, sign_in, old_used, new_used, said
):
    def make():
        old = credential_of(
            world.acme,
            closes_at=now() + timedelta(hours=1),
            last_used_at=now() - timedelta(hours=old_used),
        )
        used = None if new_used is None else now() - timedelta(hours=new_used)
        new = credential_of(world.acme, replaces_id=old.id, last_used_at=used)
        called(world.acme, new, 1, hours_ago=8)

    stored(make)

    assert said in sign_in(world.acme.admin).get(page(world.acme)).text


def test_the_page_warns_where_the_new_one_was_revoked(stored, world, sign_in):
    def make():
        old = credential_of(world.acme, closes_at=now() + timedelta(minutes=10))
        credential_of(world.acme, replaces_id=old.id, revoked_at=now())

    stored(make)

    text = sign_in(world.acme.admin).get(page(world.acme)).text

    assert "The new key does not work any more." in text
    assert "Calls per hour, the last 12 hours" in text


def test_a_rotation_shows_the_new_secret_and_closes_the_old_one_later(
    stored, now_of, app, asked, world, sign_in
):
    old = stored(lambda: credential_of(world.acme))
    client = sign_in(world.acme.admin)

    question = client.get(page(world.acme, what=f"?rotate={old.public_id}")).text
    form = {"name": "Next", "hours": "48", **asked}
    answer = client.post(page(world.acme, what=f"{old.public_id}/rotate"), data=form)

    assert "Rotate acme-credential" in question
    assert "“<bdi>acme-credential</bdi>” works until" in answer.text
    assert newest(app).replaces_id == old.id
    assert now_of(old).state is CredentialState.CLOSING


def test_a_rotation_that_closes_at_once_says_so(stored, now_of, asked, world, sign_in):
    old = stored(lambda: credential_of(world.acme))
    form = {"name": "Next", "hours": "0", **asked}

    client = sign_in(world.acme.admin)
    answer = client.post(page(world.acme, what=f"{old.public_id}/rotate"), data=form)

    assert "is closed: calls with it are refused" in answer.text
    assert now_of(old).state is CredentialState.EXPIRED
    assert ">Closed<" in client.get(page(world.acme)).text


def test_a_wrong_wait_is_refused_and_a_second_rotation_too(
    stored, app, asked, world, sign_in, ticket_for
):
    old = stored(lambda: credential_of(world.acme))
    client, address = sign_in(world.acme.admin), page(world.acme, what=f"{old.public_id}/rotate")

    wrong = client.post(address, data={**asked, "name": "Next", "hours": "1"})
    nameless = client.post(address, data={**asked, "name": "Console", "hours": "24"})
    client.post(address, data={**asked, "name": "Next", "hours": "24"})
    again = client.post(
        address, data={**ticket_for(world.acme.source), "name": "Another", "hours": "24"}
    )

    assert (wrong.status_code, nameless.status_code, again.status_code) == (422, 422, 409)
    assert "rotated already" in again.text
    assert newest(app).name == "Next"


@PANELS
def test_the_page_of_a_secret_that_is_loaded_again_issues_no_second_one(app, world, sign_in, panel):
    client = browser(sign_in, world.acme, panel)
    [drawn] = ONCE.findall(client.get(page(world.acme, panel, "?new=1")).text)
    form = {"name": "Landing pages", "kind": "basic", "leads": "live", "once": drawn}

    first = client.post(page(world.acme, panel, "issue"), data=form)
    again = client.post(page(world.acme, panel, "issue"), data=form)

    assert (first.status_code, again.status_code) == (200, 409)
    assert "“Landing pages” was issued already" in again.text
    assert "not shown again" in again.text
    assert f'href="{page(world.acme, panel)}"' in again.text
    assert SHOWN.findall(again.text) == []
    assert count(app) == 1


def test_the_page_of_a_successors_secret_that_is_loaded_again_says_that_it_was_shown(
    stored, app, asked, world, sign_in
):
    old = stored(lambda: credential_of(world.acme))
    client, address = sign_in(world.acme.admin), page(world.acme, what=f"{old.public_id}/rotate")
    form = {"name": "Next", "hours": "0", **asked}

    client.post(address, data=form)
    again = client.post(address, data=form)

    assert again.status_code == 409
    assert "“Next” was issued already, and its secret was shown." in again.text
    assert count(app) == 2


def test_a_question_that_was_not_drawn_here_or_for_something_else_issues_nothing(
    stored, app, world, sign_in, ticket_for
):
    there = stored(lambda: credential_of(world.rival))
    here = stored(lambda: credential_of(world.acme, world.acme.other_source))
    client, other = sign_in(world.acme.admin), ticket_for(world.acme.other_source)["once"]
    form = {"name": "x", "kind": "basic", "leads": "live"}
    made_up = ["", "x", "é", there.public_id, f"{here.public_id}.{'0' * 32}", other, f"{other}0"]

    answers = [
        client.post(page(world.acme, what="issue"), data={**form, "once": one}) for one in made_up
    ]
    answers.append(client.post(page(world.acme, what="issue"), data=form))

    assert {answer.status_code for answer in answers} == {400}
    assert all("this was sent from is not complete" in answer.text for answer in answers)
    assert count(app) == 2


@PANELS
def test_the_old_one_gets_more_time_and_is_closed(stored, now_of, world, sign_in, panel):
    old = stored(lambda: rotation_of(world.acme))
    client = browser(sign_in, world.acme, panel)

    client.post(page(world.acme, panel, f"{old.public_id}/extend"))
    longer = now_of(old).closes_at
    asked = client.get(page(world.acme, panel, f"?close={old.public_id}")).text
    client.post(page(world.acme, panel, f"{old.public_id}/close"))

    assert longer == old.closes_at + timedelta(hours=24)
    assert f"Close acme-old (…{old.key[-12:]})?" in asked
    assert "such calls are refused" in asked
    assert now_of(old).closes_at <= now()


@PANELS
def test_revoking_counts_what_is_refused_and_then_does_it(stored, now_of, world, sign_in, panel):
    one = stored(lambda: credential_of(world.acme))
    client = browser(sign_in, world.acme, panel)

    asked = client.get(page(world.acme, panel, f"?revoke={one.public_id}")).text
    done = client.post(page(world.acme, panel, f"{one.public_id}/revoke"), follow_redirects=True)

    assert "nobody has used it" in asked
    assert "the source takes no calls then" in asked
    assert "is revoked" in done.text
    assert now_of(one).state is CredentialState.REVOKED


def test_partner_people_read_the_tenants_name_where_staff_issued(stored, world, sign_in):
    stored(lambda: credential_of(world.acme))

    text = sign_in(world.acme.partner_admin).get(page(world.acme, "partner")).text

    assert "acme-tenant" in text
    assert "acme-admin" not in text


def test_one_that_the_command_line_issued_says_so(stored, world, sign_in):
    def make():
        credential_of(world.acme).created_by_id = None

    stored(make)

    assert "Command line" in sign_in(world.acme.admin).get(page(world.acme)).text


def test_a_credential_of_another_source_is_not_found_here(stored, world, sign_in):
    other = stored(lambda: credential_of(world.acme, world.acme.free_source))
    console = stored(lambda: credential_of(world.acme, name="Console"))
    client = sign_in(world.acme.admin)

    for one in (other, console):
        answers = [
            client.post(page(world.acme, what=f"{one.public_id}/revoke")),
            client.get(page(world.acme, what=f"?revoke={one.public_id}")),
        ]
        assert [answer.status_code for answer in answers] == [404, 404]


def test_a_deleted_source_shows_its_credentials_and_changes_none(stored, world, sign_in):
    one = stored(lambda: credential_of(world.acme))

    def delete():
        db.session.merge(world.acme.source).deleted_at = now()

    stored(delete)
    client = sign_in(world.acme.admin)

    shown = client.get(page(world.acme, what="?new=1")).text
    answer = client.post(page(world.acme, what=f"{one.public_id}/revoke"))

    assert one.name in shown
    assert "Issue credential" not in shown
    assert "New credential" not in shown
    assert answer.status_code == 404


@pytest.mark.parametrize("role", ["support", "sales", "validation", "partner_user"])
def test_others_have_neither_the_tab_nor_the_page(world, sign_in, role):
    member = getattr(world.acme, role)
    panel = "partner" if member.partner_id else "admin"
    client = sign_in(member)

    assert client.get(page(world.acme, panel)).status_code == 403
    assert page(world.acme, panel) not in client.get(page(world.acme, panel, "../")).text


def test_the_page_costs_the_same_for_one_and_for_a_hundred(stored, world, sign_in):
    client = sign_in(world.acme.admin)
    stored(lambda: rotation_of(world.acme))
    with counted() as few:
        client.get(page(world.acme))
    stored(lambda: [credential_of(world.acme) for _ in range(98)])
    with counted() as many:
        answer = client.get(page(world.acme))

    assert len(many) == len(few) <= 12
    assert SECRET not in answer.text


def test_removing_somebody_names_the_credentials_they_issued(stored, world, sign_in):
    side = world.acme

    def make():
        for n in range(9):
            one = credential_of(side, name=f"acme-key-{n}")
            one.created_by_id = side.partner_admin.id
        credential_of(
            side, name="acme-revoked", revoked_at=now()
        ).created_by_id = side.partner_admin.id

    stored(make)
    address = f"/admin/partners/{side.partner.public_id}/users/?remove="

    text = sign_in(side.admin).get(address + side.partner_admin.public_id).text

    assert "Credentials they issued, which stay" in text
    assert "<bdi>acme-key-0</bdi>, of <bdi>acme-source</bdi>" in text
    assert "1 more" in text
    assert "Rotate these" in text
    assert "acme-revoked" not in text


def test_the_list_counts_as_many_as_the_tab_and_says_what_they_are_good_for(stored, world, sign_in):
    live = stored(lambda: credential_of(world.acme, name="live"))
    first = sign_in(world.acme.admin).get(page(world.acme)).text
    stored(lambda: credential_of(world.acme, name="ended", revoked_at=now()))
    second = sign_in(world.acme.admin).get(page(world.acme)).text

    assert live.name in first
    assert '<span class="muted">1 live</span>' in first
    assert 'Credentials<span class="count">2</span>' in second
    assert '<span class="muted">2 in all: 1 live, 1 ended</span>' in second


@PANELS
def test_the_tab_says_how_many_there_are(stored, world, sign_in, panel):
    for name in ("one", "two"):
        stored(lambda name=name: credential_of(world.acme, name=name))

    text = browser(sign_in, world.acme, panel).get(
        f"/{panel}/sources/{world.acme.source.public_id}/"
    )

    assert 'Credentials<span class="count">2</span>' in text.text


#: The same calls: 3 with the old key, 14 with the new one.
TO_FINISH = {
    "admin": ("An old key closes in 19 hours", "18 % of the calls to <bdi>acme-source</bdi> still"),
    "partner": ("Finish changing a key", "3 of the last 17 calls still used the old key."),
}


@PANELS
def test_a_rotation_is_finished_from_the_source_and_from_what_needs_attention(
    stored, world, sign_in, panel
):
    stored(lambda: rotation_of(world.acme))
    people = browser(sign_in, world.acme, panel)
    home = f"/admin/partners/{world.acme.partner.public_id}/" if panel == "admin" else "/partner/"

    source = people.get(page(world.acme, panel).removesuffix("credentials/")).text
    about = people.get(home).text

    assert "Finish changing a key" in source
    assert "acme-old" in source
    for word in TO_FINISH[panel]:
        assert word in about
    assert f'href="{page(world.acme, panel)}">Open credentials' in source
    assert f'href="{page(world.acme, panel)}">Open credentials' in about


@pytest.mark.parametrize("role", ["support", "partner_user"])
def test_who_issues_no_credentials_is_not_asked_to_finish_a_rotation(stored, world, sign_in, role):
    stored(lambda: rotation_of(world.acme))
    panel = "admin" if role == "support" else "partner"
    home = f"/admin/partners/{world.acme.partner.public_id}/" if role == "support" else "/partner/"
    people = sign_in(getattr(world.acme, role))

    assert "acme-old" not in people.get(page(world.acme, panel).removesuffix("credentials/")).text
    assert "acme-old" not in people.get(home).text


def test_who_issues_no_credentials_does_not_read_of_them_in_a_preview_either(
    stored, world, sign_in
):
    stored(lambda: rotation_of(world.acme))
    browser = sign_in(world.acme.support)
    preview = {"partner": world.acme.partner.public_id, "role": "partner_admin"}
    browser.post("/admin/preview/start", data=preview)

    assert "acme-old" not in browser.get("/partner/").text


@pytest.mark.parametrize("role", ["admin", "support"])
def test_only_who_issues_credentials_reads_when_a_key_was_used(stored, world, sign_in, role):
    stored(lambda: rotation_of(world.acme))
    tab = f"/admin/partners/{world.acme.partner.public_id}/sources/"
    browser, may_see = sign_in(getattr(world.acme, role)), role == "admin"

    assert ("Key last used" in browser.get(tab).text) is may_see
    assert ("Key last used" in browser.get(f"{tab}export", buffered=True).text) is may_see


def test_an_old_key_that_expires_before_it_closes_is_named_with_that_hour(stored, world, sign_in):
    soon = now() + timedelta(hours=2, minutes=30)
    closes_at = now() + timedelta(hours=48)
    stored(lambda: credential_of(world.acme, closes_at=closes_at, expires_at=soon))

    page = sign_in(world.acme.admin).get(f"/admin/partners/{world.acme.partner.public_id}/").text

    assert "An old key closes in 2 hours" in page


def test_an_old_key_that_has_expired_closes_no_more(stored, world, sign_in):
    ends = {"expires_at": now() - timedelta(hours=2), "closes_at": now() + timedelta(hours=48)}
    stored(lambda: credential_of(world.acme, **ends))

    page = sign_in(world.acme.admin).get(f"/admin/partners/{world.acme.partner.public_id}/").text

    assert "An old key closes" not in page


def test_a_test_lead_sent_from_the_panel_is_no_use_of_a_key(stored, world, sign_in):
    stored(lambda: credential_of(world.acme, name=CONSOLE, last_used_at=now()))

    tab = f"/admin/partners/{world.acme.partner.public_id}/sources/"
    cell = sign_in(world.acme.admin).get(tab).text.split('data-label="Key last used">')[1]

    assert cell.startswith("never")


def test_people_of_a_paused_partner_are_told_why_a_page_of_changes_is_closed(
    stored, world, sign_in
):
    stored(lambda: setattr(db.session.merge(world.acme.partner), "status", PartnerStatus.PAUSED))

    answer = sign_in(world.acme.partner_admin).get(page(world.acme, "partner"))

    assert answer.status_code == 403
    assert "The partner is paused, and this page is there to change something." in answer.text
    assert "/partner/leads/" in answer.text


def test_whose_role_lacks_a_page_stays_in_the_own_panel(world, sign_in):
    answer = sign_in(world.acme.sales).get(page(world.acme))

    assert answer.status_code == 403
    assert "Your role does not include this" in answer.text
    assert "/admin/partners/" in answer.text
