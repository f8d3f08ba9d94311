"""Callers of the intake that go on until nobody answers, and send again what was not answered."""

import contextlib
import http.client
import json
import threading
import uuid
from dataclasses import dataclass, field
from http import HTTPStatus
from queue import Empty, SimpleQueue

from benchmarks.load import LEAD

#: Every so many-th call is one that is rejected.
WRONG = 10
TIMEOUT = 30.0


@dataclass
class Sent:
    """What all callers sent: the leads acknowledged, the rejections, and what got no answer."""

    leads: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    unanswered: "SimpleQueue[dict[str, str]]" = field(default_factory=SimpleQueue)


@dataclass
class Caller:
    """One connection that sends a lead after the other."""

    port: int
    keys: list[str]
    sent: Sent
    number: int

    def call_until(self, over: threading.Event) -> None:
        """Send again what got no answer, then new leads, until the server is gone."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        count = 0
        while not over.is_set():
            count += 1
            lead = self._next(count)
            try:
                self._send(connection, lead)
            except (OSError, http.client.HTTPException):
                self.sent.unanswered.put(lead)
                return
        connection.close()

    def _next(self, count: int) -> dict[str, str]:
        with contextlib.suppress(Empty):
            return self.sent.unanswered.get_nowait()
        unique = uuid.uuid4()
        email = "no address" if count % WRONG == 0 else f"{unique.hex}@lead-mail.com"
        key = self.keys[(count + self.number) % len(self.keys)]
        phone = f"+1202{2_000_000 + unique.int % 7_999_999:07}"
        return {"key": key, "once": unique.hex, "email": email, "phone": phone}

    def _send(self, connection: http.client.HTTPConnection, lead: dict[str, str]) -> None:
        headers = {
            "Authorization": lead["key"],
            "Content-Type": "application/json",
            "Idempotency-Key": lead["once"],
        }
        body = json.dumps({**LEAD, "email": lead["email"], "phone": lead["phone"]})
        connection.request("POST", "/api/v1/leads", body, headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        if answer.status == HTTPStatus.CREATED:
            self.sent.leads.append(said["lead_id"])
        elif answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            self.sent.rejected.append(said["request_id"])
        else:
            message = f"{answer.status}: {said}"
            raise RuntimeError(message)
