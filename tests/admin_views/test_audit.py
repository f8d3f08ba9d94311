"""The audit trail: its list, its filters, one event, and the words for every kind."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

import operations
from admin_views.event_words import WORDS
from models import AuditEvent, Scope, across_tenants, db, enter
from models.base import first_id
from operations import audit, partners
from operations.bulk_deeds import DEEDS
from schedule import STEPS
from tests.conftest import actor_of
from tests.operations.test_assignments import here

#: Subject and verb; nothing else in the operations is written so.
KIND = re.compile(r"[a-z_]+\.(?!txt|html)[a-z_]+")


@pytest.fixture
def events(world, app):
    """Two changes at acme, by its Admin and by its Partner Admin, and one at rival."""
    with app.app_context():
        made = []
        for side, member, name in (
            (world.acme, world.acme.admin, "acme-renamed"),
            (world.acme, world.acme.partner_admin, "acme-contact"),
            (world.rival, world.rival.admin, "rival-renamed"),
        ):
            enter(db.session, Scope(side.tenant.id))
            made.append(
                audit.record(
                    actor_of(member),
                    "partner.edited",
                    side.partner,
                    before={"name": side.partner.name, "notes": "old-secret"},
                    after={"name": name, "notes": "new-secret"},
                )
            )
            db.session.commit()
        return made


def test_admins_read_who_did_what_to_what(events, world, sign_in):
    browser = sign_in(world.acme.admin)

    answer = browser.get("/admin/audit/")

    assert answer.status_code == 200
    assert "Partner edited" in answer.text
    assert "acme-admin@mail.example · 192.0.2.7" in answer.text
    assert f"/admin/partners/{world.acme.partner.public_id}/" in answer.text
    assert "rival-" not in answer.text


def test_only_admins_read_it(world, sign_in):
    for member in (world.acme.support, world.acme.sales, world.acme.validation):
        assert sign_in(member).get("/admin/audit/").status_code == 403


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("kind=partner.edited", 2),
        ("kind=partner.archived", 0),
        ("person=ACME-admin@mail.example", 1),
        ("person=rival-admin@mail.example", 0),
        ("person=command+line", 0),
        ("from=2020-01-01", 2),
        ("to=2020-01-01", 0),
        ("from=2020-01-01&to=9998-01-01", 2),
        ("to=9999-12-30", 2),
    ],
)
def test_it_narrows_by_kind_person_and_day(events, world, sign_in, query, hits):
    browser = sign_in(world.acme.admin)

    answer = browser.get(f"/admin/audit/export?{query}")

    assert answer.status_code == 200
    assert answer.get_data(as_text=True).count("partner.edited") == hits


@pytest.mark.parametrize(("seconds", "day"), [(-0.001, "2026-03-04"), (0, "2026-03-05")])
@pytest.mark.parametrize("later", [-60, 0, 60])
def test_a_day_ends_at_midnight_however_far_the_identifier_is_off(
    app, events, world, sign_in, seconds, day, later
):
    moment = datetime(2026, 3, 5, tzinfo=UTC) + timedelta(seconds=seconds)
    with app.app_context(), across_tenants(db.session):
        own = update(AuditEvent).where(AuditEvent.id == events[0].id)
        made = first_id(moment.timestamp() + later)
        db.session.execute(own.values(at=moment, id=made))
        db.session.commit()
    browser = sign_in(world.acme.admin)

    found = {
        asked: browser.get(f"/admin/audit/export?from={asked}&to={asked}").text.count("edited")
        for asked in ("2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06")
    }

    assert {asked for asked, number in found.items() if number} == {day}


def test_it_narrows_by_object(events, world, sign_in):
    browser = sign_in(world.acme.admin)

    own = browser.get(f"/admin/audit/export?object={world.acme.partner.public_id}").text
    other = browser.get(f"/admin/audit/export?object={world.acme.source.public_id}").text

    assert own.count("partner.edited") == 2
    assert "partner.edited" not in other


@pytest.mark.parametrize(
    "query", ["from=yesterday", "to=2026-02-30", "to=9999-12-31", "object=acme", "kind=nope"]
)
def test_what_no_link_says_is_answered_with_400(world, sign_in, query):
    assert sign_in(world.acme.admin).get(f"/admin/audit/?{query}").status_code == 400


def test_one_event_shows_before_and_after(events, world, sign_in):
    browser = sign_in(world.acme.admin)

    answer = browser.get(f"/admin/audit/{events[0].public_id}/")

    assert answer.status_code == 200
    assert "acme-renamed" in answer.text
    assert "old-secret" in answer.text
    assert browser.get(f"/admin/audit/{events[2].public_id}/").status_code == 404
    assert browser.get("/admin/audit/nonsense/").status_code == 404


def test_undo_is_offered_for_ones_own_change_of_the_last_minutes(world, inside, sign_in):
    with inside(world.acme) as actor:
        event = audit.record(actor, "partner.paused", world.acme.partner)
        db.session.commit()
    address = f"/admin/audit/{event.public_id}/undo"

    assert address in sign_in(world.acme.admin).get("/admin/audit/").text
    assert address in sign_in(world.acme.admin).get(f"/admin/audit/{event.public_id}/").text
    with inside(world.acme) as actor:
        audit.record(actor, "partner.resumed", world.acme.partner, undoes=event)
        db.session.commit()
    assert address not in sign_in(world.acme.admin).get("/admin/audit/").text


def test_the_partners_tab_holds_its_events_only(events, world, sign_in):
    browser = sign_in(world.acme.admin)

    own = browser.get(f"/admin/partners/{world.acme.partner.public_id}/activity/")
    other = browser.get(f"/admin/partners/{world.acme.other_partner.public_id}/activity/")
    export = browser.get(f"/admin/partners/{world.acme.partner.public_id}/activity/export")

    assert own.text.count("Edited acme-partner") >= 2
    assert "Nothing has happened yet" in other.text
    assert export.status_code == 200
    assert export.text.count("Edited acme-partner") == 2


def kinds_recorded():
    """Every kind that an operation hands to the trail, wherever it says it as text.

    Kinds of background jobs look the same and are no events.
    """
    paths = Path(operations.__file__).parent.glob("*.py")
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    texts = (
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return {text for text in texts if KIND.fullmatch(text)} - set(STEPS) - set(DEEDS)


def test_every_kind_that_is_recorded_has_words_and_no_words_are_left_over():
    assert kinds_recorded() == set(WORDS)


def test_undo_is_not_offered_where_somebody_moved_on(world, inside, sign_in):
    with inside(world.acme) as actor:
        paused = partners.pause(actor, here(world.acme.partner)).public_id
        db.session.commit()
    browser = sign_in(world.acme.admin)
    undo = f"/admin/audit/{paused}/undo"
    assert undo in browser.get("/admin/audit/").text

    with inside(world.acme, world.acme.support) as actor:
        partners.resume(actor, here(world.acme.partner))
        db.session.commit()

    assert undo not in browser.get("/admin/audit/").text
    assert undo not in browser.get(f"/admin/audit/{paused}/").text
