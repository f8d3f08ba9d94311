"""Who uses the site meanwhile: senders of leads, people at work in the panel, and slow clients."""

import base64
import http.client
import json
import re
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from benchmarks.deployment.site import HOST, Site, trusting

LEADS = "/api/v1/leads"
PAGES = ("/admin/", "/admin/partners/", "/admin/leads/", "/admin/sources/", "/account/")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
FORM = "application/x-www-form-urlencoded"
#: One of so many requests of a person writes.
WRITES_EVERY = 6
SENDERS, PEOPLE, SLOW = 6, 4, 100
PATIENCE = 120.0
Broken = (OSError, http.client.HTTPException)


@dataclass
class Tally:
    """What happened in one phase."""

    seconds: float = 0.0
    accepted: int = 0
    repeated: int = 0
    slowest_lead: float = 0.0
    pages: int = 0
    failed_pages: int = 0
    forms: int = 0
    failed_forms: int = 0
    slowest_page: float = 0.0


@dataclass
class Person:
    """A browser: its line, its cookie, its token."""

    site: Site
    cookie: str = ""
    token: str = ""
    line: http.client.HTTPSConnection | None = None

    def ask(
        self, method: str, path: str, body: str | None = None, **headers: str
    ) -> tuple[int, str]:
        """Ask over the line that is open, or a new one. Raises what broke it."""
        if self.line is None:
            self.line = http.client.HTTPSConnection(
                HOST, self.site.port, timeout=PATIENCE, context=trusting()
            )
        sent = {"Cookie": self.cookie} if self.cookie else {}
        try:
            self.line.request(
                method, path, body, sent | {k.replace("_", "-"): v for k, v in headers.items()}
            )
            answer = self.line.getresponse()
            text = answer.read().decode()
        except Broken:
            self.line.close()
            self.line = None
            raise
        for cookie in answer.msg.get_all("Set-Cookie") or []:
            self.cookie = cookie.split(";")[0]
        return answer.status, text

    def post(self, path: str, **fields: str) -> tuple[int, str]:
        """Send a form, with the token."""
        return self.ask(
            "POST", path, urlencode({"csrf_token": self.token, **fields}), Content_Type=FORM
        )

    def look(self, path: str) -> int:
        """Open a page, and keep the token of its forms."""
        status, text = self.ask("GET", path)
        if found := TOKEN.search(text):
            self.token = found[1]
        return status

    def sign_in(self, email: str, password: str) -> None:
        self.look("/login")
        status, _ = self.post("/login", email=email, password=password)
        if status != http.client.SEE_OTHER:
            message = f"sign-in answered {status}"
            raise RuntimeError(message)
        self.look("/")
        self.look("/admin/partners/")


@dataclass
class Crowd:
    """Everybody; what happens is noted under the phase in which it was answered."""

    site: Site
    keys: list[str]
    people: list[Person]
    phases: dict[str, Tally] = field(default_factory=dict)
    #: By its address: the identifier that the 201 named.
    leads: dict[str, str] = field(default_factory=dict)
    partners: list[str] = field(default_factory=list)
    #: What made a sender send a call again.
    why: Counter[str] = field(default_factory=Counter)
    _tally: Tally = field(default_factory=Tally)
    _ends: threading.Event = field(default_factory=threading.Event)
    _alone: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Note what is answered from here on under this name, until the next phase begins."""
        began = time.monotonic()
        tally = self._tally = self.phases.setdefault(name, Tally())
        yield
        tally.seconds += time.monotonic() - began

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let all of them work while the block runs, and end what they are in the midst of."""
        threads = [threading.Thread(target=self._send, args=(key,)) for key in self.keys]
        threads += [threading.Thread(target=self._work, args=(one,)) for one in self.people]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ends.set()
            for thread in threads:
                thread.join()

    def _send(self, key: str) -> None:
        sender = Person(self.site)
        while not self._ends.is_set():
            self._send_one(sender, key)

    def _send_one(self, sender: Person, key: str) -> None:
        """Send one lead until it is accepted, as the documentation tells partners to."""
        began, email = time.monotonic(), f"{uuid.uuid4().hex}@lead-mail.com"
        once = uuid.uuid4().hex
        while (lead_id := self._accepted(sender, key, email, once)) is None:
            self._tally.repeated += 1
            time.sleep(0.1)
        with self._alone:
            tally = self._tally
            self.leads[email] = lead_id
            tally.accepted += 1
            tally.slowest_lead = max(tally.slowest_lead, time.monotonic() - began)

    def _accepted(self, sender: Person, key: str, email: str, once: str) -> str | None:
        body = json.dumps({"first_name": "Ann", "last_name": "Lee", "email": email})
        headers = {
            "Authorization": f"Basic {base64.b64encode(key.encode()).decode()}",
            "Content_Type": "application/json",
            "Idempotency_Key": once,
        }
        try:
            status, text = sender.ask("POST", LEADS, body, **headers)
        except Broken as error:
            self.why[type(error).__name__] += 1
            return None
        if status == http.client.CREATED:
            return str(json.loads(text)["lead_id"])
        if status not in {http.client.CONFLICT, http.client.SERVICE_UNAVAILABLE}:
            message = f"a lead was answered {status}: {text}"
            raise RuntimeError(message)
        self.why[f"{status} {json.loads(text)['error']}"] += 1
        return None

    def _work(self, person: Person) -> None:
        number = 0
        while not self._ends.is_set():
            number += 1
            if number % WRITES_EVERY:
                self._look(person, PAGES[number % len(PAGES)])
            else:
                self._add_partner(person)

    def _look(self, person: Person, path: str) -> None:
        is_well, took = _timed(lambda: person.look(path) == http.client.OK)
        with self._alone:
            tally = self._tally
            tally.pages += 1
            tally.failed_pages += not is_well
            tally.slowest_page = max(tally.slowest_page, took)

    def _add_partner(self, person: Person) -> None:
        name = f"Partner {uuid.uuid4().hex}"
        sent: Mapping[str, str] = {"name": name, "account_manager": ""}
        is_well, took = _timed(
            lambda: person.post("/admin/partners/new", **sent)[0] == http.client.SEE_OTHER
        )
        with self._alone:
            tally = self._tally
            tally.forms += 1
            tally.failed_forms += not is_well
            tally.slowest_page = max(tally.slowest_page, took)
            self.partners += [name] if is_well else []


def _timed(ask: Callable[[], bool]) -> tuple[bool, float]:
    began = time.monotonic()
    try:
        is_well = ask()
    except Broken:
        is_well = False
    return is_well, time.monotonic() - began


@contextmanager
def slow_clients(site: Site) -> Iterator[None]:
    """Let many clients begin to send a lead, a byte at a time, and never end."""
    head = f"POST {LEADS} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 60000\r\n\r\n"
    ends, context, lines = threading.Event(), trusting(), []
    for _ in range(SLOW):
        plain = socket.create_connection((HOST, site.port), timeout=PATIENCE)
        lines.append(context.wrap_socket(plain))
        lines[-1].sendall(head.encode())

    def drip() -> None:
        while not ends.wait(0.5):
            for line in lines:
                line.sendall(b" ")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()
        for line in lines:
            line.close()
