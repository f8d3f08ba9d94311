"""What people type about a partner: each field's rule, which tidies the text or refuses it."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import phonenumbers

from models.base import key_of
from operations import typed
from operations.refusal import Invalid
from operations.typed import line

MOST_TAGS = 20
LONGEST_TAG = 40
LONGEST_NOTES = 5000
PHONE = re.compile(r"\(?[0-9][0-9 ()./-]{3,}[0-9]( ?(x|ext\.?) ?[0-9]{1,6})?", re.IGNORECASE)
HOST = re.compile(r"([\w-]{1,63}\.)+[\w-]{2,63}")


def name(text: str) -> str:
    """Tidy the partner's name, which it must have."""
    return line("name", text, 200, needed="Give the partner a name.")


def contact_name(text: str) -> str:
    """Tidy the name of the person to talk to."""
    return line("contact_name", text, 120)


def contact_email(text: str) -> str:
    """Check the address, where there is one."""
    return typed.email("contact_email", text) if text.strip() else ""


def phone(text: str) -> str:
    """Check a number; one with its country code is written as the country writes it abroad."""
    tidy = line("phone", text, 40)
    if not tidy.startswith("+"):
        if tidy and not PHONE.fullmatch(tidy):
            raise _no_number(tidy)
        return tidy
    return _international(tidy)


def _international(tidy: str) -> str:
    try:
        number = phonenumbers.parse(tidy, None)
    except phonenumbers.NumberParseException as error:
        raise _no_number(tidy) from error
    if not phonenumbers.is_possible_number(number):
        raise Invalid("phone", f"No number of that country has as many digits as “{tidy}”.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _no_number(tidy: str) -> Invalid:
    return Invalid("phone", f"“{tidy}” is no phone number. Write one such as +1 312 555 0148.")


def website(text: str) -> str:
    """Check a web address; `https://` is added where it was left out."""
    tidy = line("website", text, 290)
    if not tidy:
        return ""
    address = tidy if "://" in tidy else f"https://{tidy}"
    if not _is_web_address(address):
        raise Invalid("website", "Write a web address such as https://www.example.com.")
    return address


def _is_web_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    has_odd = " " in address or "@" in parts.netloc or "\\" in address
    return parts.scheme in {"http", "https"} and not has_odd and bool(HOST.fullmatch(host))


def notes(text: str) -> str:
    """Tidy a longer text; its lines stay."""
    return typed.lines("notes", text, LONGEST_NOTES)


def tags(text: str | Iterable[str]) -> list[str]:
    """Split at commas; each tag once, in lower case, in order."""
    parts = re.split(r"[,\n]", text) if isinstance(text, str) else text
    found = sorted({tag(part) for part in parts if part.strip()})
    if len(found) > MOST_TAGS:
        raise Invalid("tags", f"A partner has at most {MOST_TAGS} tags; these are {len(found)}.")
    return found


def tag(text: str, field: str = "tags") -> str:
    """Tidy one tag, which must not be empty or hold a comma."""
    tidy = key_of(line(field, text, 400), 400)
    if not tidy or "," in tidy:
        raise Invalid(field, "Write one tag, without a comma.")
    if len(tidy) > LONGEST_TAG:
        raise Invalid(field, f"A tag has at most {LONGEST_TAG} characters: “{tidy}” is longer.")
    return tidy
