"""What people type about a partner: each field's rule, which tidies the text or refuses it."""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from models.base import key_of
from operations.refusal import Invalid

MOST_TAGS = 20
LONGEST_TAG = 40
LONGEST_NOTES = 5000
#: Turn the text around them, so that a name could pass for another one.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
PHONE = re.compile(r"\(?[0-9][0-9 ()./-]{3,}[0-9]( ?(x|ext\.?) ?[0-9]{1,6})?", re.IGNORECASE)
HOST = re.compile(r"([\w-]{1,63}\.)+[\w-]{2,63}")


def line(field: str, text: str, most: int) -> str:
    """Tidy one line of text: trimmed, nothing invisible in it, not too long."""
    tidy = " ".join(_without_controls(field, text.strip()).split())
    if len(tidy) > most:
        raise Invalid(field, f"Use at most {most} characters; these are {len(tidy)}.")
    return tidy


def name(text: str) -> str:
    """Tidy the partner's name, which it must have."""
    tidy = line("name", text, 200)
    if not any(unicodedata.category(character)[0] in "LNPS" for character in tidy):
        raise Invalid("name", "Give the partner a name.")
    return tidy


def contact_name(text: str) -> str:
    """Tidy the name of the person to talk to."""
    return line("contact_name", text, 120)


def contact_email(text: str) -> str:
    """Check the address by its form; whether it exists only a mail can tell."""
    tidy = line("contact_email", text, 254)
    if not tidy:
        return ""
    try:
        return validate_email(tidy, check_deliverability=False).normalized
    except EmailNotValidError as error:
        sentence = "Write an address such as name@example.com."
        raise Invalid("contact_email", sentence) from error


def phone(text: str) -> str:
    """Check a number; one with its country code is written as the country writes it abroad."""
    tidy = line("phone", text, 40)
    if not tidy.startswith("+"):
        if tidy and not PHONE.fullmatch(tidy):
            raise Invalid("phone", "Write a number such as +1 312 555 0148.")
        return tidy
    return _international(tidy)


def _international(tidy: str) -> str:
    try:
        number = phonenumbers.parse(tidy, None)
    except phonenumbers.NumberParseException as error:
        raise Invalid("phone", "Write a number such as +1 312 555 0148.") from error
    if not phonenumbers.is_possible_number(number):
        raise Invalid("phone", "No number of that country has this many digits.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


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
    tidy = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    _without_controls("notes", tidy.replace("\n", " ").replace("\t", " "))
    if len(tidy) > LONGEST_NOTES:
        raise Invalid(
            "notes", f"Use at most {LONGEST_NOTES:,} characters; these are {len(tidy):,}."
        )
    return tidy


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


def _without_controls(field: str, text: str) -> str:
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise Invalid(field, "There is an invisible control character in it. Type it anew.")
    if TURNING & set(text):
        raise Invalid(field, "There is a character in it that turns the text around. Type it anew.")
    return text
