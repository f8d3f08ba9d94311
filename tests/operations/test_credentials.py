"""Credentials are issued, rotated, closed and revoked; secrets are told once and kept nowhere."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, text

from models import (
    AuditEvent,
    Credential,
    CredentialKind,
    CredentialState,
    Source,
    across_tenants,
    db,
    now,
)
from operations import console, credentials, rotations
from operations.issuing import Choice
from operations.refusal import Forbidden, Invalid, MadeAlready, Refusal
from operations.sessions import fingerprint
from tests.keys import called, rotation_of

A_DAY = timedelta(days=1)


def source_of(side):
    return db.session.get_one(Source, (side.tenant.id, side.source.id))


def issued(actor, side, name="Landing pages", **more):
    return credentials.issue(actor, source_of(side), Choice(name, **more))


def again(credential):
    key = (credential.tenant_id, credential.id)
    found = db.session.get_one(Credential, key, populate_existing=True)
    db.session.refresh(found, ["source"])
    return found


def events():
    return list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


# Issuing ---------------------------------------------------------------------------------------


def test_a_credential_has_a_recognisable_key_and_only_the_hash_of_its_secret(world, inside):
    with inside(world.acme) as actor:
        made = issued(actor, world.acme)

        kept = again(made.credential)
        assert kept.key.startswith(f"inf_live_{world.acme.tenant.code}_")
        assert len(kept.key.rpartition("_")[2]) == 12
        assert len(made.secret) == 43
        assert kept.secret_hash == fingerprint(made.secret)
        assert kept.state is CredentialState.LIVE
        assert made.token == f"{kept.key}_{made.secret}"
        assert made.secret not in repr(made)


def test_a_test_credential_says_so_in_its_key(world, inside):
    with inside(world.acme) as actor:
        made = issued(actor, world.acme, is_test=True, kind=CredentialKind.BEARER)

        assert made.credential.key.startswith("inf_test_")
        assert made.credential.is_test
        assert made.credential.kind is CredentialKind.BEARER


def test_issuing_is_audited_without_the_secret(world, inside):
    with inside(world.acme) as actor:
        made = issued(actor, world.acme)

        [event] = events()
        assert event.kind == "credential.issued"
        assert event.object_name == "Landing pages of acme-source"
        assert event.partner_id == world.acme.partner.id
        assert event.after["key"] == made.credential.key


def test_no_table_holds_the_secret(app, world, inside):
    with inside(world.acme) as actor:
        made = issued(actor, world.acme)
        credentials.rotate(actor, made.credential, Choice("Next"), 24)
        db.session.commit()

    with app.app_context(), across_tenants(db.session):
        rows = [
            str(row)
            for table in db.metadata.sorted_tables
            for row in db.session.execute(table.select()).all()
        ]

    assert not any(made.secret in row for row in rows)


@pytest.mark.parametrize("role", ["support", "sales", "validation", "partner_user"])
def test_only_admins_and_partner_admins_handle_credentials(world, inside, role):
    with inside(world.acme) as actor:
        made = issued(actor, world.acme).credential
        db.session.commit()

    with inside(world.acme, getattr(world.acme, role)) as actor:
        found = Credential(id=made.id, tenant_id=made.tenant_id, name=made.name)

        for deed in (
            lambda: credentials.issue(actor, Source(name="x"), Choice("x")),
            lambda: credentials.rotate(actor, found, Choice("x"), 0),
            lambda: credentials.close_now(actor, found),
            lambda: credentials.extend(actor, found),
            lambda: credentials.revoke(actor, found),
        ):
            with pytest.raises(Forbidden):
                deed()


def test_a_partner_admin_issues_for_an_own_source(world, inside):
    with inside(world.acme, world.acme.partner_admin) as actor:
        made = issued(actor, world.acme)

        assert again(made.credential).created_by_id == world.acme.partner_admin.id


def test_a_partner_admin_sees_no_credential_of_another_partner(world, inside):
    with inside(world.acme) as actor:
        other = db.session.get_one(Source, (actor.tenant_id, world.acme.other_source.id))
        credentials.issue(actor, other, Choice("Theirs"))
        db.session.commit()

    with inside(world.acme, world.acme.partner_admin):
        assert db.session.scalars(select(Credential)).all() == []


@pytest.mark.parametrize(
    ("name", "field"), [("", "name"), (" \t", "name"), ("x" * 81, "name"), ("CONSOLE", "name")]
)
def test_a_name_that_cannot_be_taken_is_refused(world, inside, name, field):
    with inside(world.acme) as actor:
        with pytest.raises(Invalid) as refused:
            issued(actor, world.acme, name)

        assert refused.value.field == field


def test_an_expiry_lies_ahead(world, inside):
    with inside(world.acme) as actor, pytest.raises(Invalid) as refused:
        issued(actor, world.acme, expires_at=now() - A_DAY)

    assert refused.value.field == "expires"


def test_a_deleted_source_gets_no_credential(world, inside):
    with inside(world.acme) as actor:
        source = source_of(world.acme)
        source.deleted_at = now()

        with pytest.raises(Refusal, match="deleted"):
            credentials.issue(actor, source, Choice("x"))


def test_an_expired_credential_is_not_usable(world, inside):
    with inside(world.acme) as actor:
        made = issued(actor, world.acme, expires_at=now() + A_DAY).credential

        with time_machine.travel(now() + 2 * A_DAY):
            assert made.state is CredentialState.EXPIRED
            assert db.session.scalars(select(Credential).where(credentials.usable())).all() == []
            with pytest.raises(Refusal, match="ended already"):
                credentials.rotate(actor, made, Choice("x"), 0)
            with pytest.raises(Refusal, match="Look again"):
                credentials.revoke(actor, made)


# Rotating --------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [24, 48, 72])
def test_after_a_rotation_both_work_for_a_while(world, inside, hours):
    with inside(world.acme) as actor:
        old = issued(actor, world.acme).credential

        new = credentials.rotate(actor, old, Choice("Next"), hours).credential

        assert old.state is CredentialState.CLOSING
        assert new.state is CredentialState.LIVE
        assert new.replaces_id == old.id
        left = old.closes_at - now()
        assert timedelta(hours=hours - 1) < left <= timedelta(hours=hours)
        assert [event.kind for event in events()] == ["credential.issued", "credential.rotated"]
        assert events()[1].after["successor"] == new.key


def test_a_rotation_may_close_the_old_one_at_once(world, inside):
    with inside(world.acme) as actor:
        old = issued(actor, world.acme).credential

        credentials.rotate(actor, old, Choice("Next"), 0)

        assert again(old).state is CredentialState.EXPIRED


def test_a_wait_that_is_not_offered_is_refused(world, inside):
    with inside(world.acme) as actor:
        old = issued(actor, world.acme).credential

        with pytest.raises(Invalid) as refused:
            credentials.rotate(actor, old, Choice("Next"), 1)

        assert refused.value.field == "hours"


def test_a_credential_is_rotated_once(world, inside):
    with inside(world.acme) as actor:
        old = issued(actor, world.acme).credential
        credentials.rotate(actor, old, Choice("Next"), 24)

        with pytest.raises(Refusal, match="rotated already"):
            credentials.rotate(actor, old, Choice("Another"), 24)

        assert len(db.session.scalars(select(Credential)).all()) == 2


def test_of_ten_who_rotate_at_once_one_does(app, world, inside):
    with inside(world.acme) as actor:
        old = issued(actor, world.acme).credential
        db.session.commit()

    def rotate(_):
        with inside(world.acme) as me:
            try:
                credentials.rotate(me, again(old), Choice("Next"), 24)
                db.session.commit()
            except Refusal:
                db.session.rollback()
                return 0
            return 1

    with ThreadPoolExecutor(10) as pool:
        done = sum(pool.map(rotate, range(10)))

    with inside(world.acme):
        assert done == 1
        assert len(db.session.scalars(select(Credential)).all()) == 2


@pytest.mark.parametrize("hours", [None, 0, 24])
def test_of_ten_that_one_question_sends_at_once_one_is_issued(world, inside, hours):
    with inside(world.acme) as actor:
        old = issued(actor, world.acme).credential
        db.session.commit()
    question = Choice("Next")

    def ask(_):
        with inside(world.acme) as me:
            try:
                if hours is None:
                    credentials.issue(me, source_of(world.acme), question)
                else:
                    credentials.rotate(me, again(old), question, hours)
                db.session.commit()
            except MadeAlready as refused:
                db.session.rollback()
                return refused.sentence
            return "issued"

    with ThreadPoolExecutor(10) as pool:
        said = Counter(pool.map(ask, range(10)))

    told = "“Next” was issued already, and its secret was shown."
    assert said == {"issued": 1, told: 9}
    with inside(world.acme):
        assert len(db.session.scalars(select(Credential)).all()) == 2


def test_an_old_one_can_be_closed_before_its_time(world, inside):
    with inside(world.acme) as actor:
        old = issued(actor, world.acme).credential
        credentials.rotate(actor, old, Choice("Next"), 72)

        credentials.close_now(actor, old)

        assert old.state is CredentialState.EXPIRED
        assert events()[-1].kind == "credential.closed"
        with pytest.raises(Refusal):
            credentials.close_now(actor, old)


def test_one_that_is_in_no_rotation_is_not_closed(world, inside):
    with inside(world.acme) as actor:
        made = issued(actor, world.acme).credential

        with pytest.raises(Refusal):
            credentials.close_now(actor, made)
        with pytest.raises(Refusal, match="not closing"):
            credentials.extend(actor, made)


def test_an_old_one_gets_24_hours_more_for_each_time_that_was_seen(world, inside):
    with inside(world.acme) as actor:
        old = issued(actor, world.acme).credential
        credentials.rotate(actor, old, Choice("Next"), 24)
        before, seen = old.closes_at, again(old).closes_at

        credentials.extend(actor, old)

        assert old.closes_at == before + A_DAY
        assert events()[-1].before["closes_at"] == seen.isoformat()
        old.closes_at = before  # as somebody else still sees it
        db.session.expunge(old)
        with pytest.raises(Refusal, match="meantime"):
            credentials.extend(actor, old)


# Revoking --------------------------------------------------------------------------------------


def test_a_revoked_one_is_dead_for_good(world, inside):
    with inside(world.acme) as actor:
        made = issued(actor, world.acme).credential

        credentials.revoke(actor, made)

        assert again(made).state is CredentialState.REVOKED
        assert events()[-1].kind == "credential.revoked"
        with pytest.raises(Refusal):
            credentials.revoke(actor, made)


def test_a_partner_admin_revokes_an_own_one(world, inside):
    with inside(world.acme) as actor:
        made = issued(actor, world.acme).credential
        db.session.commit()

    with inside(world.acme, world.acme.partner_admin) as actor:
        credentials.revoke(actor, again(made))
        db.session.commit()

    with inside(world.acme):
        assert again(made).revoked_at


# The console -----------------------------------------------------------------------------------


def test_the_console_has_a_credential_for_a_minute_that_no_list_shows(world, inside):
    with inside(world.acme, world.acme.partner_user) as actor:
        made = console.open_for_a_call(actor, source_of(world.acme))

        assert made.credential.is_test
        assert made.credential.expires_at - now() <= timedelta(minutes=1)
        assert credentials.of_source(source_of(world.acme), 10) == []
        assert [event.kind for event in events()] == ["source.tested"]


def test_the_console_is_for_those_who_may_see_the_specification(world, inside):
    with inside(world.acme, world.acme.validation) as actor, pytest.raises(Forbidden):
        console.open_for_a_call(actor, source_of(world.acme))


def test_the_list_begins_with_the_newest(world, inside):
    with inside(world.acme) as actor:
        for name in ("first", "second"):
            issued(actor, world.acme, name)

        found = credentials.of_source(source_of(world.acme), 10)

        assert [one.name for one in found] == ["second", "first"]
        assert found[0].created_by.user.name == "acme-admin"
        assert db.session.scalar(text("SELECT count(*) FROM credential")) == 2


def test_a_rotation_knows_what_of_the_calls_of_late_had_the_old_key(world, inside, add):
    old = add(rotation_of)

    with inside(world.acme):
        running = rotations.next_of(world.acme.source.id)
        none = rotations.next_of(world.acme.other_source.id)

    assert (running.old.id, running.recent_old, running.old_share) == (old.id, 3, 18)
    assert none is None


def test_a_key_that_few_of_many_calls_had_is_not_said_to_have_none(world, inside, add):
    old = add(rotation_of)
    with inside(world.acme):
        new = rotations.next_of(world.acme.source.id).new
    add(lambda side: called(side, new, 9000, hours_ago=1))

    with inside(world.acme):
        running = rotations.next_of(world.acme.source.id)

    assert (running.old.id, running.share, running.old_share) == (old.id, 100, 1)
