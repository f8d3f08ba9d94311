"""Trying a mapping: a pasted payload becomes the lead it would become, and nothing is stored."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from operations.mapping_engine import Reader, Reading
from operations.mapping_examples import example_of
from operations.mapping_fields import Field
from operations.refusal import Invalid

MOST_FIELDS = 200
FORM = "application/x-www-form-urlencoded"
NOT_JSON = "This is not valid JSON. Check the quotes and commas."
NO_FIELDS = "Paste a JSON object, or fields such as email=ann%40example.com&phone=3125550148."


def attempt(fields: Sequence[Field], text: str) -> Reading:
    """Read what was pasted. Raises Invalid beside `payload` when it is no payload at all."""
    if not text.strip():
        raise Invalid("payload", NO_FIELDS)
    try:
        payload = payload_of(text.strip())
    except RecursionError as error:
        raise Invalid("payload", "This is nested too deep.") from error
    except ValueError as error:
        raise Invalid("payload", NOT_JSON if text.lstrip()[:1] == "{" else NO_FIELDS) from error
    return Reader(fields).read(payload)


def payload_of(text: str, content_type: str = "") -> dict[str, Any]:
    """Read one JSON object or one form. Raises ValueError or RecursionError."""
    if text[:1] != "{" or content_type.startswith(FORM):
        return dict(parse_qsl(text, True, True, max_num_fields=MOST_FIELDS))  # noqa: FBT003
    payload: dict[str, Any] = json.loads(text)
    return payload


def example(fields: Sequence[Field]) -> str:
    """Write a payload that the mapping takes, to begin with."""
    payload = {field.name: example_of(field) for field in fields}
    return json.dumps(payload, indent=2, ensure_ascii=False)
