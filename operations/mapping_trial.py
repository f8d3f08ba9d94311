"""Trying a mapping: a pasted payload becomes the lead it would become, and nothing is stored."""

import json
from collections.abc import Sequence

from operations.intake_answers import Refused
from operations.intake_parser import FORM_TYPE, JSON_TYPE, parse
from operations.mapping_engine import Reader, Reading
from operations.mapping_examples import example_of
from operations.mapping_fields import Field
from operations.refusal import Invalid

JSON_BEGINS = ("{", "[")
NO_FIELDS = "Paste a JSON object, or fields such as email=ann%40example.com&phone=3125550148."


def attempt(fields: Sequence[Field], text: str) -> Reading:
    """Read what was pasted. Raises Invalid beside `payload` when it is no payload at all."""
    text = text.strip()
    is_json = text[:1] in JSON_BEGINS
    if not is_json and "=" not in text:
        raise Invalid("payload", NO_FIELDS)
    try:
        payload = parse(text.encode(), JSON_TYPE if is_json else FORM_TYPE)
    except Refused as refused:
        raise Invalid("payload", refused.message) from refused
    return Reader(fields).read(payload)


def example(fields: Sequence[Field]) -> str:
    """Write a payload that the mapping takes, to begin with."""
    payload = {field.name: example_of(field) for field in fields}
    return json.dumps(payload, indent=2, ensure_ascii=False)
