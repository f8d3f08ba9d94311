"""Calling the application from within: one request through every layer that a real one passes."""

import json
from collections.abc import Iterable, Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from flask import current_app
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from visitor import settings

#: The headers of an answer that tell a caller something.
TELLING = (
    "Content-Type",
    "WWW-Authenticate",
    "Retry-After",
    "Idempotent-Replayed",
    "Location",
)


@dataclass(frozen=True)
class Answer:
    """What the endpoint said."""

    status: str
    headers: Mapping[str, str]
    body: str

    @property
    def text(self) -> str:
        """Spread the body over lines, so that it can be read."""
        try:
            return json.dumps(json.loads(self.body), indent=2, ensure_ascii=False)
        except ValueError:
            return self.body

    @property
    def is_good(self) -> bool:
        """Whether the call was taken."""
        return self.status.startswith("2")


def post(path: str, body: str, token: str, address: str) -> Answer:
    """Send JSON as a bearer does, from this network address.

    In a context of its own: this request's session, scope and clock are not the inner one's.
    """
    builder = EnvironBuilder(
        path=path,
        base_url=settings().public_url,
        method="POST",
        data=body.encode(),
        content_type="application/json",
        headers=Headers({"Authorization": f"Bearer {token}"}),
        environ_base={"REMOTE_ADDR": address},
    )
    application = current_app.wsgi_app
    said: tuple[Iterable[bytes], str, Headers] = Context().run(
        run_wsgi_app, application, _environ(builder), buffered=True
    )
    chunks, status, headers = said
    told = {name: headers[name] for name in TELLING if name in headers}
    return Answer(status, told, b"".join(chunks).decode("utf-8", "replace"))


def _environ(builder: EnvironBuilder) -> dict[str, Any]:
    try:
        return builder.get_environ()
    finally:
        builder.close()
