"""The mail server: encryption that is verified, signing in, and odd answers."""

import socketserver
import ssl
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from operations import mail_server
from operations.letters import Envelope
from operations.mail_server import LaterError, RefusedError, UnconfirmedError, UnreachableError
from tests.ports import free_port

LETTER = Envelope(
    "inflow@mail.example", "ann@mail.example", needs_utf8=False, content=b"Hi\r\n\r\n.a\r\n"
)
UTF8_LETTER = replace(LETTER, recipient="åsa@mail.example", needs_utf8=True)
FINE = b"250 fine"


class Kept:
    """Keeps what it is sent."""

    def __init__(self):
        self.envelopes = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        del server, session
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody has signed."""
    folder = tmp_path_factory.mktemp("certificate")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    subprocess.run(
        [
            *command.split(),
            *("-keyout", folder / "key.pem", "-out", folder / "cert.pem"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture
def believed(certificate, monkeypatch):
    """The operator has told this machine to believe the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))


def context_of(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return context


class Encrypted(Controller):
    """Speaks TLS after STARTTLS, and lets in who knows the password."""

    def __init__(self, certificate, **options):
        self.kept = Kept()
        self.options = {"tls_context": context_of(certificate), **options}
        super().__init__(self.kept, hostname="127.0.0.1", port=free_port())

    def factory(self):
        return SMTP(self.handler, authenticator=self.check, **self.options)

    @staticmethod
    def check(_server, _session, _envelope, _mechanism, data):
        return AuthResult(success=data.password == b"right", handled=False)


@contextmanager
def running(controller):
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()


def at(controller, settings, **more):
    return replace(
        settings,
        mail_server="127.0.0.1",
        mail_port=controller.port,
        mail_timeout=5,
        **more,
    )


def send(settings, envelope=LETTER):
    with mail_server.connected(settings) as server:
        mail_server.offer(server, envelope)
        return mail_server.hand_in(server, envelope)


def test_a_letter_goes_over_verified_tls(settings, certificate, believed):
    with running(Encrypted(certificate, require_starttls=True)) as peer:
        answer = send(at(peer, settings, mail_use_tls=True))

    assert answer == "250 OK"
    assert peer.kept.envelopes[0].content == b"Hi\r\n\r\n.a\r\n"


def test_a_certificate_that_nobody_signed_is_not_believed(settings, certificate):
    with (
        running(Encrypted(certificate, require_starttls=True)) as peer,
        pytest.raises(UnreachableError, match="certificate verify failed"),
    ):
        send(at(peer, settings, mail_use_tls=True))

    assert peer.kept.envelopes == []


def test_a_letter_goes_over_tls_from_the_first_byte(settings, certificate, believed):
    kept = Kept()
    peer = Controller(
        kept, hostname="127.0.0.1", port=free_port(), ssl_context=context_of(certificate)
    )
    with running(peer):
        answer = send(at(peer, settings, mail_use_ssl=True))

    assert answer == "250 OK"


def test_the_worker_signs_in_where_it_must(settings, certificate, believed):
    with running(Encrypted(certificate, auth_required=True)) as peer:
        answer = send(
            at(peer, settings, mail_use_tls=True, mail_username="me", mail_password="right")
        )

    assert answer == "250 OK"


def test_a_wrong_password_is_ours_to_put_right_so_the_letter_waits(settings, certificate, believed):
    with (
        running(Encrypted(certificate, auth_required=True)) as peer,
        pytest.raises(UnreachableError, match="535"),
    ):
        send(at(peer, settings, mail_use_tls=True, mail_username="me", mail_password="wrong"))


def test_a_server_without_encryption_gets_nothing(settings, smtp):
    with pytest.raises(UnreachableError, match="STARTTLS extension not supported"):
        send(at(smtp, settings, mail_use_tls=True))

    assert smtp.received == []


def test_an_address_beyond_ascii_goes_where_it_is_understood(settings):
    peer = Controller(Kept(), hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=True)
    with running(peer):
        answer = send(at(peer, settings), UTF8_LETTER)

    assert answer == "250 OK"
    assert peer.handler.envelopes[0].rcpt_tos == ["åsa@mail.example"]


def test_an_address_beyond_ascii_fails_where_it_is_not(settings, scripted):
    with pytest.raises(RefusedError, match="no SMTPUTF8"):
        send(scripted([b"220 hello", FINE]), UTF8_LETTER)


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        ([b"554 not today"], UnreachableError, "554 not today"),
        ([b"220 hi", FINE, b"553 who are you"], LaterError, "553 who are you"),
        ([b"220 hi", FINE, FINE, b"450 later"], LaterError, "450 later"),
        ([b"220 hi", FINE, FINE, b"551 gone\x07\xff"], RefusedError, "551 gone\ufffd"),
        ([b"220 hi", FINE, FINE, b"what?"], LaterError, "made no sense"),
        ([b"220 hi", FINE, FINE], LaterError, "cannot be reached: Connection unexpectedly closed"),
        ([b"220 hi", FINE, FINE, FINE, b"452 full"], LaterError, "452 full"),
        ([b"220 hi", FINE, FINE, FINE, b"554 no"], RefusedError, "554 no"),
        ([b"220 hi", FINE, FINE, FINE], LaterError, "Connection unexpectedly closed"),
        ([b"220 hi", FINE, FINE, FINE, b"354 go"], UnconfirmedError, "did not confirm"),
        ([b"220 hi", FINE, FINE, FINE, b"354 go", b"ok?"], UnconfirmedError, "did not confirm"),
        ([b"220 hi", FINE, FINE, FINE, b"354 go", b"451 try later"], LaterError, "451 try later"),
        ([b"220 hi", FINE, FINE, FINE, b"354 go", b"554 spam"], RefusedError, "554 spam"),
    ],
)
def test_what_the_server_says_decides(scripted, answers, error, words):
    settings = scripted(answers)

    with pytest.raises(error) as raised:
        send(settings)

    assert type(raised.value) is error
    assert words in str(raised.value)


def test_a_server_that_forgets_to_say_goodbye_has_still_taken_the_letter(scripted):
    answers = [b"220 hi", FINE, FINE, FINE, b"354 go", b"250 taken"]

    answer = send(scripted(answers))

    assert answer == "250 taken"


@pytest.fixture
def scripted(settings):
    """A server that gives these answers one after the other, and then hangs up."""
    servers = []

    def start(answers):
        servers.append(Scripted(answers))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return at(servers[-1], settings)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class Scripted(socketserver.TCPServer):
    def __init__(self, answers):
        self.answers = answers
        super().__init__(("127.0.0.1", 0), Reciting)
        self.port = self.server_address[1]


class Reciting(socketserver.StreamRequestHandler):
    def handle(self):
        for answer in self.server.answers:
            self.wfile.write(answer + b"\r\n")
            self.read_turn(answer)

    def read_turn(self, answer):
        line = self.rfile.readline()
        while answer.startswith(b"354") and line not in {b"", b".\r\n"}:
            line = self.rfile.readline()
