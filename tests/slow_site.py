"""A site that is slow, and breaks off, when it is asked to: for how gunicorn serves Inflow."""

import time
from collections.abc import Callable, Iterator
from typing import Any

SECONDS = {"/": 0.02, "/slow": 1.0}


def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterator[bytes]:
    """Answer in two pieces, with time between them; `/breaks` never comes to the second."""
    path = environ["PATH_INFO"]
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "8")])
    yield b"half"
    if path == "/breaks":
        raise RuntimeError("it broke off")
    time.sleep(SECONDS[path])
    yield b"done"
