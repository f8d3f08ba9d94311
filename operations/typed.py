"""What people type into fields: trimmed, within its length, free of characters nobody can see."""

import unicodedata

from operations.refusal import Invalid

#: Letters, marks, numbers, punctuation, symbols: at least one makes a text visible.
VISIBLE = frozenset("LMNPS")
#: Controls and line separators have no place in one line of text.
UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
LINE_BREAKS = frozenset("\n\t")
#: Turn the text around them, so that a name could pass for another one.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def line(field: str, text: str, most: int, *, needed: str = "") -> str:
    """Read one line. Raises Invalid beside `field`; `needed` is what to say when it is empty."""
    return _checked(field, unicodedata.normalize("NFC", text).strip(), most, needed)


def lines(field: str, text: str, most: int) -> str:
    """Read text of several lines."""
    plain = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    _checked(field, "".join(mark for mark in plain if mark not in LINE_BREAKS), most, "")
    return plain


def _checked(field: str, text: str, most: int, needed: str) -> str:
    kinds = {unicodedata.category(mark) for mark in text}
    if needed and not any(kind[0] in VISIBLE for kind in kinds):
        raise Invalid(field, needed)
    if len(text) > most:
        raise Invalid(field, f"At most {most:,} characters; this has {len(text):,}.")
    if kinds & UNSEEN or TURNING & set(text):
        raise Invalid(field, "There is an invisible control character in it. Type it anew.")
    return text
