"""The mail server of the tests behaves as a good or a bad one in the world would."""

import smtplib
from email.message import EmailMessage

import pytest


def deliver(peer, to="partner@acme.example", timeout=5):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "inflow@acme.example", to, "Grüße"
    message.set_content("Welcome.")
    with smtplib.SMTP(peer.host, peer.port, timeout=timeout) as connection:
        connection.send_message(message)


def test_it_keeps_what_it_accepts(smtp):
    deliver(smtp, to="partner@acme.example")

    [message], [envelope] = smtp.messages, smtp.received
    assert message["Subject"] == "Grüße"
    assert message.get_content().strip() == "Welcome."
    assert envelope.mail_from == "inflow@acme.example"
    assert envelope.rcpt_tos == ["partner@acme.example"]


def test_it_refuses_a_recipient_for_good(smtp):
    smtp.behave("refuse")

    with pytest.raises(smtplib.SMTPRecipientsRefused, match="550"):
        deliver(smtp)

    assert smtp.messages == []


def test_it_asks_to_try_again_later(smtp):
    smtp.behave("later")

    with pytest.raises(smtplib.SMTPRecipientsRefused, match="451"):
        deliver(smtp)

    assert smtp.messages == []


def test_it_greets_too_late_for_the_impatient(smtp):
    smtp.behave("slow")

    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        deliver(smtp, timeout=0.2)

    assert smtp.messages == []


def test_it_greets_the_patient_after_a_while(smtp):
    smtp.behave("slow", seconds=0.2)

    deliver(smtp)

    assert len(smtp.messages) == 1


def test_it_takes_a_message_and_hangs_up_without_an_answer(smtp):
    smtp.behave("drop")

    with pytest.raises(smtplib.SMTPServerDisconnected):
        deliver(smtp)

    assert len(smtp.messages) == 1


def test_it_comes_back_at_the_same_address(smtp):
    smtp.behave("down")
    with pytest.raises(ConnectionRefusedError):
        deliver(smtp)

    smtp.behave("accept")
    deliver(smtp)

    assert len(smtp.messages) == 1
