"""Reads the body of a call: one JSON object or one form, and nothing a database chokes on."""

import json
import math
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

from operations.intake_answers import Refused

DEEPEST = 8
MOST_FIELDS = 200
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"


def parse(body: bytes, content_type: str) -> dict[str, Any]:
    """Read the fields that were sent. Raises Refused."""
    read = reader_of(content_type)
    try:
        payload = read(body)
    except (ValueError, RecursionError) as error:
        raise Refused("malformed_body", _sentence(error)) from error
    if len(payload) > MOST_FIELDS:
        raise Refused("malformed_body", f"The body may have at most {MOST_FIELDS} fields.")
    return payload


class Unreadable(ValueError):  # noqa: N818 - becomes a refusal
    """What was sent is no lead; the message is a sentence for the developer who sent it."""


def _sentence(error: Exception) -> str:
    """Tell our own sentences, and none of the parsers' words about what was sent."""
    return str(error) if isinstance(error, Unreadable) else ""


def reader_of(content_type: str) -> Callable[[bytes], dict[str, Any]]:
    """Choose by the content type; only UTF-8 is text. Raises Refused."""
    media, _, parameters = content_type.partition(";")
    read = READERS.get(media.strip().lower())
    if read is None or not _is_utf8(parameters):
        raise Refused("unsupported_media_type")
    return read


def _is_utf8(parameters: str) -> bool:
    name, _, charset = parameters.strip().lower().partition("=")
    return name != "charset" or charset.strip(' "') in {"utf-8", "utf8"}


def read_json(body: bytes) -> dict[str, Any]:
    """Read one JSON object. Raises ValueError or RecursionError."""
    payload = _decode(body.decode("utf-8"))
    if not isinstance(payload, dict):
        raise Unreadable("The body must be one JSON object.")
    _check_depth(body, payload)
    # Only an escape can make a NUL or half a surrogate pair: the decoders refuse plain ones.
    if b"\\u" in body:
        _check_texts(_texts(payload))
    return payload


def read_form(body: bytes) -> dict[str, Any]:
    """Read one form. Raises ValueError."""
    text = body.decode("utf-8")
    pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    payload = _without_repeats(pairs)
    _check_texts(_texts(payload))
    return payload


READERS = {JSON_TYPE: read_json, FORM_TYPE: read_form}


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that comes twice: which of the two was meant?"""
    payload = dict(pairs)
    if len(payload) != len(pairs):
        raise Unreadable("A field was sent more than once.")
    return payload


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise Unreadable("A number is too large.")
    return number


def _constant(_word: str) -> float:
    raise Unreadable("NaN and Infinity are not JSON.")


_decode = json.JSONDecoder(
    object_pairs_hook=_without_repeats, parse_float=_number, parse_constant=_constant
).decode


def _check_depth(body: bytes, payload: dict[str, Any]) -> None:
    """Refuse deep nesting; a body with few brackets cannot be deep, and most have two."""
    if body.count(b"{") + body.count(b"[") > DEEPEST and _depth(payload) > DEEPEST:
        raise Unreadable(f"The body may be nested {DEEPEST} deep.")


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _check_texts(texts: Iterable[str]) -> None:
    """Refuse what is no text: PostgreSQL stores neither NUL nor half a surrogate pair."""
    for text in texts:
        if "\0" in text:
            raise Unreadable("A text holds a NUL.")
        text.encode()  # a UnicodeEncodeError is a ValueError
