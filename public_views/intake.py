"""The intake API's door: takes what is under /api/ before Flask does, and answers in JSON.

No session, no cookie and no form is behind these addresses, and a call has to be quick, so it
passes none of the panels' machinery. Every answer still carries the headers of guard.py.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import IO, Any

from flask import Flask

from config import Settings
from guard import HEADERS, STRICT_TRANSPORT
from models.base import new_id, public_id
from models.direct import TROUBLE, direct
from operations.intake import Call, Intake
from operations.intake_answers import LARGEST_BODY, Answer, Refused, refusal
from operations.intake_limits import Limits
from operations.intake_state import state
from operations.specification import PATH as LEADS
from public_views.openapi import document
from visitor import LONGEST_ADDRESS

log = logging.getLogger("inflow")

Environment = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environment, StartResponse], Iterable[bytes]]

PREFIX = "/api/"
DOCUMENT = "/api/v1/openapi.json"
#: What a client is told that showed no credential, or a dead one.
CHALLENGE = ("WWW-Authenticate", 'Basic realm="Inflow", charset="UTF-8", Bearer realm="Inflow"')
RETRY_AFTER = 5
#: So many times the largest body is read after an answer, and no more.
MOST_DRAINED = 32
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def install(app: Flask, settings: Settings) -> None:
    """Stand before Flask; it knows the addresses, so that links and tests find them."""
    door = Door(app.wsgi_app, settings)
    app.wsgi_app = door  # type: ignore[assignment,method-assign]
    app.extensions["intake"] = door.intake
    for endpoint, rule, method in (
        ("intake.leads", LEADS, "POST"),
        ("intake.lead", f"{LEADS}/<lead_id>", "GET"),
        ("intake.document", DOCUMENT, "GET"),
    ):
        app.add_url_rule(rule, endpoint, _never_called, methods=[method])


def _never_called(**_arguments: str) -> str:
    """Fill the place of a view: the door answers before Flask looks for one."""
    raise NotImplementedError


class Door:
    """A WSGI application around the panels' own."""

    def __init__(self, panels: Application, settings: Settings) -> None:
        self._panels = panels
        self._headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        self._headers += HEADERS.items()
        if settings.is_https:
            self._headers.append(STRICT_TRANSPORT)
        self._document = document(settings.public_url)
        database = direct(settings.database_url, pooled=settings.database_pooler)
        self.intake = Intake(database, Limits(settings.rate_limit_storage))

    def __call__(self, environ: Environment, start: StartResponse) -> Iterable[bytes]:
        """Answer what is under /api/, and hand on the rest."""
        if not environ["PATH_INFO"].startswith(PREFIX):
            return self._panels(environ, start)
        answer = self._answer(environ)
        drain(environ)
        body = answer.body.encode() + b"\n"  # a terminal's next line begins below it
        headers = [*self._headers, *answer.headers, ("Content-Length", str(len(body)))]
        if answer.status == HTTPStatus.UNAUTHORIZED:
            headers.append(CHALLENGE)
        start(STATUS_LINES[answer.status], headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, environ: Environment) -> Answer:
        """Answer, whatever happens; what a call has written until then is taken back."""
        try:
            return self._routed(environ)
        except Refused as refused:
            return refusal(refused, new_id())
        except TROUBLE as error:
            log.error("the database did not answer: %s", type(error).__name__)  # noqa: TRY400
            return refusal(Refused("unavailable").wait(RETRY_AFTER), new_id())
        except Exception:
            failed, request_id = Refused("internal_error"), new_id()
            log.exception("a call failed: %s", public_id("submission", request_id))
            return refusal(failed, request_id)

    def _routed(self, environ: Environment) -> Answer:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path == LEADS:
            _only(method, "POST")
            return self.intake.receive(call_of(environ))
        if path == DOCUMENT:
            _only(method, "GET", "HEAD")
            return Answer(200, self._document)
        before, _, lead_id = path.rpartition("/")
        if before != LEADS:
            raise Refused("not_found")
        _only(method, "GET", "HEAD")
        shown = environ.get("HTTP_AUTHORIZATION", "")
        return state(self.intake.direct, self.intake.limits, shown, lead_id)


def _only(method: str, *allowed: str) -> None:
    if method not in allowed:
        refused = Refused("method_not_allowed")
        refused.headers = (("Allow", ", ".join(allowed)),)
        raise refused


def call_of(environ: Environment) -> Call:
    """Take from a request what a call needs."""
    return Call(
        authorization=environ.get("HTTP_AUTHORIZATION", ""),
        address=environ.get("REMOTE_ADDR", "")[:LONGEST_ADDRESS],
        content_type=_content_type(environ),
        idempotency_key=environ.get("HTTP_IDEMPOTENCY_KEY", ""),
        partner_id=environ.get("HTTP_X_PARTNER_ID", ""),
        body=lambda: read_body(environ),
    )


def _content_type(environ: Environment) -> str:
    """Name the type; a compressed body is of none that is taken."""
    encoding = environ.get("HTTP_CONTENT_ENCODING", "identity")
    return environ.get("CONTENT_TYPE", "") if encoding == "identity" else encoding


def read_body(environ: Environment) -> bytes:
    """Read one byte more than is taken. Raises Refused for a body that ends too early."""
    most = LARGEST_BODY + 1
    length = environ.get("CONTENT_LENGTH") or ""
    announced = int(length) if length.isdecimal() else None
    if announced is None and not environ.get("wsgi.input_terminated"):
        return b""
    most = most if announced is None else min(most, announced)
    try:
        body = _read(environ["wsgi.input"], most)
    except Exception as error:  # each server has its own for a line that broke
        raise Refused("malformed_body", CUT_OFF) from error
    if announced is not None and len(body) < most:
        raise Refused("malformed_body", CUT_OFF)
    return body


def drain(environ: Environment) -> None:
    """Read what is left of a refused body: who still sends while we close hears no answer."""
    if environ.get("wsgi.input_terminated"):
        with suppress(Exception):  # each server has its own for a line that broke
            for _ in range(MOST_DRAINED):
                if not environ["wsgi.input"].read(LARGEST_BODY):
                    return


CUT_OFF = "The body ended before it was complete."


def _read(stream: IO[bytes], most: int) -> bytes:
    """Read until there is enough: one read may give less."""
    parts = []
    while most and (part := stream.read(most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)
