"""The body of a call as a page shows it: pretty where it can be, and safe whatever it is."""

import json
from dataclasses import dataclass
from urllib.parse import parse_qsl

from operations.intake_parser import FORM_TYPE

#: What turns or hides the text around it, or is no text at all (half a surrogate pair, which a
#: page cannot even be sent with), shown by its number instead.
UNSEEN = {
    code: f"\\u{code:04x}"
    for code in (
        *range(0x20),
        *range(0x7F, 0xA0),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0x2028,
        0x2029,
        *range(0xD800, 0xE000),
        0xFEFF,
    )
    if chr(code) not in "\n\t"
}


@dataclass(frozen=True)
class Shown:
    """What is shown first, in which form, and the text as it was sent where that differs."""

    text: str
    form: str
    as_sent: str


def shown(body: bytes, content_type: str) -> Shown:
    """Choose how a body is read best."""
    text = visible(body.decode("utf-8", "backslashreplace"))
    pretty, form = _pretty(body, content_type)
    if not pretty or pretty == text:
        return Shown(text, form, "")
    return Shown(pretty, form, text)


def visible(text: str) -> str:
    """Show what nobody could see, and what would turn the text of the page around."""
    return text.replace("\r\n", "\n").translate(UNSEEN)


def _pretty(body: bytes, content_type: str) -> tuple[str, str]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return "", "not UTF-8"
    if content_type.startswith(FORM_TYPE):
        return _lines(text), "form"
    try:
        return visible(json.dumps(json.loads(text), ensure_ascii=False, indent=2)), "JSON"
    except (ValueError, RecursionError):
        return "", "text"


def _lines(text: str) -> str:
    pairs = parse_qsl(text, keep_blank_values=True)
    return visible("\n".join(f"{name} = {value}" for name, value in pairs))
