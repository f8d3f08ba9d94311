"""Delivery: nothing is lost, nothing is sent twice, and the letter tells the truth."""

import re
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import true

from models import Invite, LetterState, PasswordReset, across_tenants, db, now
from operations import claims, delivery, outbox
from operations.sessions import fingerprint
from tests.mail import change, now_of, one_pass, queued, queued_invite, until, using


@pytest.fixture
def mailing(settings, smtp):
    """The settings of an installation whose mail server is the peer of the test."""
    return using(settings, smtp, mail_timeout=0.3)


def test_a_letter_is_sent_with_the_servers_answer(app, world, inside, smtp, mailing):
    letter = queued(inside, world.acme)

    one_pass(app, mailing)

    [message] = smtp.messages
    assert message["To"] == "ann@mail.example"
    assert message["Message-ID"] == f"<{letter.public_id}@localhost>"
    assert now_of(app, letter).state is LetterState.SENT
    assert now_of(app, letter).answer == "250 OK"


def test_a_sent_letter_is_not_sent_again(app, world, inside, smtp, mailing):
    queued(inside, world.acme)
    one_pass(app, mailing)

    one_pass(app, mailing)

    assert len(smtp.messages) == 1


def test_a_withdrawn_letter_never_leaves(app, world, inside, smtp, mailing):
    letter = queued(inside, world.acme)
    with inside(world.acme):
        outbox.withdraw(letter.id)
        db.session.commit()

    one_pass(app, mailing)

    assert smtp.messages == []


def test_a_refused_recipient_fails_with_the_servers_words(app, world, inside, smtp, mailing):
    smtp.behave("refuse")
    letter = queued(inside, world.acme)

    one_pass(app, mailing)

    failed = now_of(app, letter)
    assert failed.state is LetterState.FAILED
    assert failed.answer == "550 5.1.1 There is nobody of this name here"


def test_a_refused_text_fails_and_is_not_tried_again(app, world, inside, smtp, mailing):
    smtp.behave("spam")
    letter = queued(inside, world.acme)
    one_pass(app, mailing)
    smtp.behave("accept")

    one_pass(app, mailing)

    assert now_of(app, letter).answer == "554 5.7.1 This looks like spam"
    assert now_of(app, letter).state is LetterState.FAILED
    assert len(smtp.messages) == 1


def test_a_busy_mailbox_is_tried_again_after_a_minute(app, world, inside, smtp, mailing):
    smtp.behave("later")
    letter = queued(inside, world.acme)
    one_pass(app, mailing)
    smtp.behave("accept")

    one_pass(app, mailing)
    waiting = now_of(app, letter)
    with time_machine.travel(now() + timedelta(minutes=1, seconds=1), tick=True):
        one_pass(app, mailing)

    assert waiting.state is LetterState.QUEUED
    assert waiting.answer == "451 4.3.0 The mailbox is busy, try again later"
    assert now_of(app, letter).state is LetterState.SENT
    assert len(smtp.messages) == 1


def test_after_a_day_of_tries_the_letter_fails(app, world, inside, smtp, mailing):
    smtp.behave("later")
    letter = queued(inside, world.acme)
    tries = 0

    with time_machine.travel(now(), tick=False) as clock:
        began = now()
        while now_of(app, letter).state is LetterState.QUEUED:
            clock.move_to(now_of(app, letter).next_try_at)
            one_pass(app, mailing)
            tries += 1
        took = now() - began

    failed = now_of(app, letter)
    assert failed.state is LetterState.FAILED
    assert failed.answer.startswith("451 4.3.0")
    assert timedelta(hours=23) < took <= timedelta(hours=24)
    assert failed.attempts == tries == len(delivery.WAITS) + 1


def test_while_the_server_is_down_one_letter_tries_and_the_others_wait(
    app, world, inside, smtp, mailing
):
    smtp.behave("down")
    first, second = queued(inside, world.acme), queued(inside, world.acme)

    one_pass(app, mailing)

    assert now_of(app, first).answer == "The mail server cannot be reached: Connection refused"
    assert now_of(app, first).state is LetterState.QUEUED
    assert now_of(app, second).attempts == 0


def test_a_server_that_is_too_slow_is_tried_again_later(app, world, inside, smtp, mailing):
    smtp.behave("slow")
    letter = queued(inside, world.acme)

    one_pass(app, mailing)

    assert "timed out" in now_of(app, letter).answer
    assert now_of(app, letter).state is LetterState.QUEUED


def test_nothing_is_lost_while_the_server_is_down(app, world, inside, smtp, mailing):
    smtp.behave("down")
    letters = [queued(inside, world.acme), queued(inside, world.rival)]
    one_pass(app, mailing)
    smtp.behave("accept")

    with time_machine.travel(now() + timedelta(minutes=1, seconds=1), tick=True):
        one_pass(app, mailing)

    assert {now_of(app, letter).state for letter in letters} == {LetterState.SENT}
    assert len(smtp.messages) == 2


def test_a_text_that_nobody_confirmed_is_not_sent_again(app, world, inside, smtp, mailing):
    smtp.behave("drop")
    letter = queued(inside, world.acme)
    one_pass(app, mailing)
    smtp.behave("accept")

    with time_machine.travel(now() + timedelta(days=1), tick=True):
        one_pass(app, mailing)

    lost = now_of(app, letter)
    assert lost.state is LetterState.FAILED
    assert lost.answer == (
        "The mail server did not confirm; it may have arrived. Resend if needed."
    )
    assert len(smtp.messages) == 1


def test_a_server_that_takes_the_text_and_falls_silent_did_not_confirm(
    app, world, inside, smtp, mailing
):
    smtp.behave("silent")
    letter = queued(inside, world.acme)

    one_pass(app, mailing)

    assert "did not confirm" in now_of(app, letter).answer


def test_a_crash_before_the_text_left_only_delays_the_letter(app, world, inside, smtp, mailing):
    letter = queued(inside, world.acme)
    change(app, letter, claimed_at=now(), attempts=1)

    one_pass(app, mailing)
    soon = len(smtp.messages)
    with time_machine.travel(now() + timedelta(minutes=5, seconds=1), tick=True):
        one_pass(app, mailing)

    assert soon == 0
    assert len(smtp.messages) == 1


def test_a_crash_after_the_text_left_is_told_and_never_repeated(app, world, inside, smtp, mailing):
    letter = queued(inside, world.acme)
    change(app, letter, claimed_at=now(), handed_over_at=now(), attempts=1)

    one_pass(app, mailing)
    soon = now_of(app, letter)
    with time_machine.travel(now() + timedelta(minutes=5, seconds=1), tick=True):
        one_pass(app, mailing)

    assert soon.state is LetterState.QUEUED
    assert "did not confirm" in now_of(app, letter).answer
    assert smtp.messages == []


def test_two_workers_send_one_letter_once(app, world, inside, smtp, mailing):
    letter = queued_invite(inside, world.acme)
    ready = threading.Barrier(4)

    def work():
        with app.app_context(), across_tenants(db.session):
            ready.wait(5)
            delivery.deliver(type(letter), outbox.key_of(letter), mailing)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)

    [message] = smtp.messages
    token = token_in(message, "invites")
    assert hash_of(app, world.acme.invite) == fingerprint(token)


def test_a_worker_that_comes_second_leaves_the_link_of_the_first_alone(
    app, world, inside, settings, monkeypatch
):
    def overtaken(letter):
        claims.change(letter, true(), claimed_at=now())
        return "token"

    monkeypatch.setitem(claims.LINKS, "accepted", claims.Link("/x/", overtaken))
    letter = queued(inside, world.acme)

    one_pass(app, settings)

    assert now_of(app, letter).attempts == 0
    assert now_of(app, letter).claimed_at is None


def test_a_letter_withdrawn_during_the_talk_does_not_leave(app, world, inside, smtp, mailing):
    letter = queued(inside, world.acme)
    smtp.behave("slow", seconds=1)
    patient = replace(mailing, mail_timeout=5)
    worker = threading.Thread(target=one_pass, args=(app, patient))
    worker.start()
    until(lambda: now_of(app, letter).claimed_at)

    with inside(world.acme):
        withdrawn = outbox.withdraw(letter.id)
        db.session.commit()
    worker.join(10)

    assert withdrawn
    assert smtp.messages == []
    assert now_of(app, letter).state is LetterState.WITHDRAWN


def test_an_invites_link_is_made_as_it_leaves(app, world, inside, smtp, mailing):
    queued_invite(inside, world.acme)
    before = hash_of(app, world.acme.invite)

    one_pass(app, mailing)

    token = token_in(smtp.messages[0], "invites")
    assert before is None
    assert token.startswith(f"{world.acme.tenant.code}.")
    assert hash_of(app, world.acme.invite) == fingerprint(token)


def test_a_reset_link_lives_for_an_hour_from_when_it_leaves(app, world, smtp, mailing):
    user = world.acme.admin.user
    with app.app_context():
        letter = outbox.queue_for_account(user, "password_reset")
        reset = PasswordReset(user_id=user.id, letter_id=letter.id, expires_at=now())
        db.session.add(reset)
        db.session.commit()

    with time_machine.travel("2026-11-22T10:15:00+00:00", tick=False):
        change(app, letter, next_try_at=now())
        one_pass(app, mailing)

    [message] = smtp.messages
    assert "until 22 Nov 2026, 11:15 UTC" in text_of(message)
    with app.app_context():
        kept = db.session.get(PasswordReset, reset.id)
    assert kept.token_hash == fingerprint(token_in(message, "reset"))


@pytest.mark.parametrize("end", ["revoked_at", "accepted_at", "declined_at", "replaced_at"])
def test_the_letter_of_an_invite_that_is_over_never_leaves(app, world, inside, settings, end):
    letter = queued_invite(inside, world.acme)
    with inside(world.acme):
        setattr(db.session.merge(world.acme.invite), end, now())
        db.session.commit()

    one_pass(app, settings)

    assert now_of(app, letter).state is LetterState.WITHDRAWN
    assert now_of(app, letter).sent_at is None


def test_a_letter_that_cannot_be_written_fails_and_stops_no_other(
    app, world, inside, smtp, mailing
):
    broken = queued(inside, world.acme, when="yesterday")
    queued(inside, world.acme)

    one_pass(app, mailing)

    assert now_of(app, broken).answer == "The letter could not be written; the log says why."
    assert len(smtp.messages) == 1


def test_without_a_mail_server_the_letter_becomes_a_file(app, world, inside, settings):
    letter = queued(inside, world.acme)

    one_pass(app, settings)

    written = now_of(app, letter)
    file = settings.mail_folder / written.filed_as
    assert written.state is LetterState.WRITTEN
    assert "no mail server is configured" in written.answer
    assert letter.public_id in file.name
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"To: ann@mail.example\r\n" in file.read_bytes()


def test_a_mail_folder_that_cannot_be_written_is_tried_again(
    app, world, inside, tmp_path, settings
):
    (tmp_path / "mail").write_text("a file where the folder belongs")
    letter = queued(inside, world.acme)

    one_pass(app, replace(settings, instance=tmp_path))

    waiting = now_of(app, letter)
    assert waiting.state is LetterState.QUEUED
    assert waiting.answer == "The mail folder cannot be written: File exists"


def test_no_connection_to_the_database_is_held_while_the_server_thinks(
    app, world, inside, smtp, settings
):
    smtp.behave("silent", seconds=60)
    queued(inside, world.acme)
    worker = threading.Thread(target=one_pass, args=(app, using(settings, smtp, mail_timeout=5)))
    worker.start()

    until(lambda: smtp.received)
    with app.app_context():
        held = db.engine.pool.checkedout()

    smtp.behave("down")
    worker.join(10)
    assert held == 0


def text_of(message):
    return message.get_body(("plain",)).get_content()


def token_in(message, place):
    return re.search(rf"http://localhost/{place}/(\S+)", text_of(message)).group(1)


def hash_of(app, invite):
    with app.app_context(), across_tenants(db.session):
        return db.session.get(Invite, (invite.tenant_id, invite.id)).token_hash
