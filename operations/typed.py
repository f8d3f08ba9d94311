"""What people type into fields: trimmed, within its length, free of characters nobody can see."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from operations.refusal import Invalid

#: Letters, marks, numbers, punctuation, symbols: at least one makes a text visible.
VISIBLE = frozenset("LMNPS")
#: Controls and line separators have no place in one line of text.
UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
LINE_BREAKS = frozenset("\n\t")
#: Turn the text around them, so that a name could pass for another one.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
LONGEST_ADDRESS = 254


def line(field: str, text: str, most: int, *, needed: str = "") -> str:
    """Read one line. Raises Invalid beside `field`; `needed` is what to say when it is empty."""
    return " ".join(_checked(field, text.strip(), most, needed).split())


def lines(field: str, text: str, most: int) -> str:
    """Read text of several lines."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    _checked(field, "".join(" " if mark in LINE_BREAKS else mark for mark in plain), most, "")
    return unicodedata.normalize("NFC", plain)


def email(field: str, text: str) -> str:
    """Read an address, by its form: whether it exists only a mail can tell."""
    typed = line(field, text, LONGEST_ADDRESS)
    try:
        return validate_email(typed, check_deliverability=False).normalized
    except EmailNotValidError as error:
        sentence = f"“{typed}” is not an e-mail address. Write one such as name@example.com."
        raise Invalid(field, sentence) from error


def _checked(field: str, text: str, most: int, needed: str) -> str:
    text = unicodedata.normalize("NFC", text)
    kinds = {unicodedata.category(mark) for mark in text}
    if needed and not any(kind[0] in VISIBLE for kind in kinds):
        raise Invalid(field, needed)
    if len(text) > most:
        raise Invalid(field, f"Use at most {most:,} characters; these are {len(text):,}.")
    if kinds & UNSEEN or TURNING & set(text):
        raise Invalid(field, "There is an invisible control character in it. Type it anew.")
    return text
