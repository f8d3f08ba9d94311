"""Writing a letter: from its facts and its templates to the bytes that a mail server takes.

The templates of `mail/<kind>/` say in `body.html` which words they need. They get them as
`letter`: the facts it was queued with, and `tenant`, `address`, `when`, `link`.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, pass_context, select_autoescape
from jinja2.runtime import Context

from config import Settings
from models import Tenant, now
from operations import moments
from operations.outbox import AnyLetter
from operations.typed import TURNING

TEMPLATES = Path(__file__).parent.parent / "templates"
#: Facts that are moments: kept as ISO text, shown in the tenant's time zone.
MOMENTS = ("when", "expires")
#: Where the button leads in letters whose link is always the same.
LINKS = {"password_changed": "/forgot", "role_changed": "/"}
#: The one fact that may have several lines.
MESSAGE = "message"


@dataclass(frozen=True)
class Envelope:
    """A letter as it is handed to a mail server."""

    sender: str
    recipient: str
    #: Only servers that know SMTPUTF8 take an address with letters beyond ASCII before the @.
    needs_utf8: bool
    content: bytes


@pass_context
def _exact(context: Context, when: datetime) -> str:
    return moments.exact(when, context["zone"])


#: RFC 5322, section 2.1.1, without the line's end.
LONGEST_LINE = 998

PAPER = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=select_autoescape(["html"]),
    keep_trailing_newline=True,
)
PAPER.filters["exact"] = _exact


def write(
    letter: AnyLetter, tenant: Tenant | None, made: dict[str, Any], settings: Settings
) -> Envelope:
    """Write the letter. `made` are the facts that exist only now that it leaves: its link.

    A link is a path; its host is PUBLIC_URL's and nobody else's.
    """
    words = _words(letter, tenant, made, settings)
    zone = ZoneInfo(tenant.time_zone if tenant else "UTC")
    subject, text, html = (
        PAPER.get_template(f"mail/{letter.kind}/{part}").render(letter=words, zone=zone)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    recipient = _ascii_domain(letter.to_email)
    needs_utf8 = not recipient.isascii()
    policy = SMTPUTF8 if needs_utf8 else SMTP
    message = EmailMessage(policy=policy.clone(cte_type="7bit"))
    _address(message, letter, recipient, settings)
    message["Subject"] = _one_line(subject)
    message.set_content(text, cte=_encoding(text))
    message.add_alternative(html, subtype="html")
    sender = parseaddr(settings.mail_sender)[1]
    return Envelope(sender, recipient, needs_utf8, message.as_bytes())


def _address(message: EmailMessage, letter: AnyLetter, recipient: str, settings: Settings) -> None:
    name, sender = parseaddr(settings.mail_sender)
    message["From"] = _person(name, sender)
    message["To"] = _person(letter.to_name, recipient)
    message["Date"] = format_datetime(now())
    # Made of the letter's identifier: should it arrive twice after all, mail programs show one.
    host = urlsplit(settings.public_url).hostname
    message["Message-ID"] = f"<{letter.public_id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"


def _encoding(text: str) -> str | None:
    """Send plain ASCII as it stands: a link that is cut into lines cannot be copied."""
    longest = max(map(len, text.splitlines()), default=0)
    return "7bit" if text.isascii() and longest <= LONGEST_LINE else None


def _person(name: str, address: str) -> Address:
    username, _, domain = address.rpartition("@")
    return Address(_one_line(name), username, domain)


def _ascii_domain(address: str) -> str:
    username, _, domain = address.rpartition("@")
    return f"{username}@{domain.encode('idna').decode()}"


def _words(
    letter: AnyLetter, tenant: Tenant | None, made: dict[str, Any], settings: Settings
) -> dict[str, Any]:
    facts = {name: _fact(name, value) for name, value in {**letter.facts, **made}.items()}
    path = facts.get("link") or LINKS.get(letter.kind)
    return {
        "tenant": tenant and _one_line(tenant.name),
        "address": letter.to_email,
        "when": letter.queued_at,
        "new_person": True,
        **facts,
        "link": f"{settings.public_url}{path}" if path else None,
    }


def _fact(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if name in MOMENTS:
        return datetime.fromisoformat(value)
    if name == MESSAGE:
        return "\n".join(_one_line(line) for line in value.splitlines())
    return _one_line(value) if isinstance(value, str) else value


def _one_line(text: str) -> str:
    """No name may begin a line, a header or a direction of its own in somebody's letter."""
    return "".join(
        sign
        for sign in " ".join(text.split())
        if unicodedata.category(sign) not in {"Cc", "Cs"} and sign not in TURNING
    )
