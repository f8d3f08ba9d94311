"""Examples of a call that run as they stand, with nothing but the language installed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

from models import CredentialKind
from operations.mapping_values import Value

TEMPLATES = Path(__file__).parent.parent / "templates" / "examples"
#: Each language, its template, and what it needs.
LANGUAGES = (
    ("cURL", "curl.txt", "In a shell."),
    ("Python", "python.txt", "Python 3.9 or newer; nothing to install."),
    ("PHP", "php.txt", "PHP 7.3 or newer; nothing to install."),
    (
        "JavaScript",
        "javascript.txt",
        "Node.js 20 or newer. Never in a browser: there anybody could read the secret.",
    ),
)
#: Plain text: the page that shows an example escapes it.
PAPER = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=select_autoescape(["html"]),
    trim_blocks=True,
)


@dataclass(frozen=True)
class Call:
    """What an example sends, and where."""

    endpoint: str
    kind: CredentialKind
    sample: Mapping[str, Value]


@dataclass(frozen=True)
class Example:
    """One language's way to send it."""

    language: str
    #: What it needs, and how it is run.
    note: str
    text: str


def examples(call: Call) -> list[Example]:
    """Write the call in each language."""
    words = {
        "endpoint": call.endpoint,
        "bearer": call.kind is CredentialKind.BEARER,
        "json": json.dumps(call.sample, indent=2, ensure_ascii=False),
        "literal": _literal(call.sample),
    }
    return [
        Example(language, note, PAPER.get_template(name).render(words))
        for language, name, note in LANGUAGES
    ]


def _literal(sample: Mapping[str, Value]) -> str:
    """Write it as a Python dictionary, a field on each line."""
    lines = (f"    {name!r}: {value!r},\n" for name, value in sample.items())
    return "{\n" + "".join(lines) + "}"
