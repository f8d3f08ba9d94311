"""The mail server: one letter over SMTP, with a time limit and verified TLS."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from config import Settings
from operations.letters import Envelope

UNCONFIRMED = "The mail server did not confirm; it may have arrived. Resend if needed."
NO_UTF8 = "The mail server cannot deliver to an address with such letters (no SMTPUTF8)."
#: How long a server that has answered may take to say goodbye.
GOODBYE = 1.0
#: What smtplib makes of an answer that does not begin with a number.
NONSENSE = -1
TROUBLE = (OSError, smtplib.SMTPException)


class NotDeliveredError(Exception):
    """The letter was not delivered; says why in the server's words."""


class LaterError(NotDeliveredError):
    """Nothing was taken; the same letter may be tried again."""


class UnreachableError(LaterError):
    """The server did not let us in, so no other letter would fare better now."""


class RefusedError(NotDeliveredError):
    """The server will never take this letter."""


class UnconfirmedError(NotDeliveredError):
    """The text left and no answer came: nobody can know, so it is not sent again."""


@contextmanager
def connected(settings: Settings) -> Iterator[smtplib.SMTP]:
    """Open a connection that letters can be offered on. Raises UnreachableError."""
    try:
        server = _open(settings)
    except TROUBLE as error:
        raise UnreachableError(_reason(error)) from error
    try:
        yield server
    finally:
        _hang_up(server)


def _open(settings: Settings) -> smtplib.SMTP:
    place, limit = (settings.mail_server, settings.mail_port), settings.mail_timeout
    context = ssl.create_default_context()
    if settings.mail_use_ssl:
        server: smtplib.SMTP = smtplib.SMTP_SSL(*place, timeout=limit, context=context)
    else:
        server = smtplib.SMTP(*place, timeout=limit)
    try:
        _introduce(server, settings, context)
    except BaseException:
        server.close()
        raise
    return server


def _introduce(server: smtplib.SMTP, settings: Settings, context: ssl.SSLContext) -> None:
    if settings.mail_use_tls:
        server.starttls(context=context)
    server.ehlo_or_helo_if_needed()
    if settings.mail_username:
        server.login(settings.mail_username, settings.mail_password)


def _hang_up(server: smtplib.SMTP) -> None:
    """Say goodbye without caring for the answer: what counts was answered before."""
    with suppress(*TROUBLE):
        if server.sock:
            server.sock.settimeout(GOODBYE)
            server.quit()
    server.close()


def offer(server: smtplib.SMTP, envelope: Envelope) -> None:
    """Name the sender and the recipient. Raises LaterError or RefusedError."""
    if envelope.needs_utf8 and not server.has_extn("smtputf8"):
        raise RefusedError(NO_UTF8)
    options = ["SMTPUTF8", "BODY=8BITMIME"] if envelope.needs_utf8 else []
    with _nothing_has_left():
        code, words = server.mail(envelope.sender, options)
        if not _is_fine(code):  # about us, not about the letter: the settings may be put right
            raise LaterError(_said(code, words))
        _expect_fine(*server.rcpt(envelope.recipient))


def hand_in(server: smtplib.SMTP, envelope: Envelope) -> str:
    """Send the text and return the server's answer.

    Raises LaterError or RefusedError when it said no, UnconfirmedError when it said nothing.
    """
    with _nothing_has_left():
        code, words = server.docmd("DATA")
        if code != 354:  # noqa: PLR2004 - SMTP's “go ahead”
            _refuse(code, words)
    try:
        server.send(_stuffed(envelope.content))
        code, words = server.getreply()
    except TROUBLE as error:
        raise UnconfirmedError(UNCONFIRMED) from error
    if code == NONSENSE:
        raise UnconfirmedError(UNCONFIRMED)
    _expect_fine(code, words)
    return _said(code, words)


@contextmanager
def _nothing_has_left() -> Iterator[None]:
    try:
        yield
    except TROUBLE as error:
        raise LaterError(_reason(error)) from error


def _expect_fine(code: int, words: bytes) -> None:
    if not _is_fine(code):
        _refuse(code, words)


def _refuse(code: int, words: bytes) -> None:
    for_good = 500 <= code < 600  # noqa: PLR2004 - SMTP's classes of answers
    raise (RefusedError if for_good else LaterError)(_said(code, words))


def _is_fine(code: int) -> bool:
    return 200 <= code < 300  # noqa: PLR2004 - SMTP's classes of answers


def _stuffed(content: bytes) -> bytes:
    """Double the dots that begin a line, and end with the line that is only a dot (RFC 5321)."""
    return re.sub(rb"(?m)^\.", b"..", content).removesuffix(b"\r\n") + b"\r\n.\r\n"


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return _said(error.smtp_code, words if isinstance(words, bytes) else words.encode())
    return f"The mail server cannot be reached: {getattr(error, 'strerror', None) or error}"


def _said(code: int, words: bytes) -> str:
    if code == NONSENSE:
        return "The mail server's answer made no sense."
    text = " ".join(words.decode("utf-8", "replace").split())
    return "".join(sign for sign in f"{code} {text}" if sign.isprintable())
