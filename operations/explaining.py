"""Explaining a rejected call: what was sent, what is expected, and a payload that is taken."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from models import Submission
from operations.intake import REJECTED_ON_PURPOSE
from operations.intake_answers import REFUSALS, Refused
from operations.intake_parser import FORM_TYPE, parse
from operations.mapping_differences import shown
from operations.mapping_engine import listed, reader
from operations.mapping_examples import example_of
from operations.mapping_fields import Field, Type
from operations.masking import looks_personal, masked

Payload = Mapping[str, Any]

#: Values of these types say nothing about who somebody is, or not without the others.
OPEN = frozenset(
    {
        Type.INTEGER,
        Type.DECIMAL,
        Type.BOOLEAN,
        Type.POSTAL_CODE,
        Type.US_STATE,
        Type.DATE,
        Type.DATE_TIME,
        Type.CHOICE,
    }
)
#: Refusals that another body would not have met.
ABOUT_THE_BODY = frozenset(
    {"malformed_body", "body_too_large", "unsupported_media_type", "validation_failed"}
)
#: Stands for a text that no field of the mapping asks for.
ANYTHING = "any text"
LONGEST = 120


@dataclass(frozen=True)
class Sent:
    """One field of the call as it came."""

    name: str
    value: str
    is_wrong: bool


@dataclass(frozen=True)
class Explanation:
    """Everything that a partner's developer needs to mend it."""

    sent: Sequence[Sent]
    #: What the field has to be: (what, how). Empty where the mapping does not name it, or hides it.
    expected: Sequence[tuple[str, str]]
    #: Whether the field is left out of the specification.
    is_hidden: bool
    #: What to do about a call that was refused as a whole.
    advice: str
    #: A body that would be taken, in the form that was sent.
    corrected: str
    #: Whether the mapping as it is now takes this field; others may be wrong all the same.
    is_fine_now: bool


def explain(
    fields: Sequence[Field], submission: Submission, name: str, *, is_masked: bool = True
) -> Explanation:
    """Explain one wrong field of a call, or with an empty name the refusal of the whole call."""
    payload = _payload(submission)
    by_name = {field.name: field for field in fields}
    wrong = set(submission.errors or ())
    errors_now = reader(tuple(fields)).read(payload).errors
    return Explanation(
        sent=[
            Sent(key, _shown(by_name.get(key), value, is_masked=is_masked), key in wrong)
            for key, value in payload.items()
        ],
        expected=_expected(by_name.get(name)),
        is_hidden=name in by_name and by_name[name].hidden,
        advice="" if name else _advice(submission.error),
        corrected=_corrected(fields, submission, payload, is_masked=is_masked),
        is_fine_now=bool(payload) and name not in ("", *errors_now, *_on_purpose(submission)),
    )


def _on_purpose(submission: Submission) -> list[str]:
    """Name the fields that no mapping makes right: the address that shows a rejection."""
    return [
        name
        for name, messages in (submission.errors or {}).items()
        if REJECTED_ON_PURPOSE in messages
    ]


def _payload(submission: Submission) -> dict[str, Any]:
    """Read the body as the intake did; empty where it could not."""
    try:
        return parse(submission.body, submission.content_type)
    except Refused:
        return {}


def _shown(field: Field | None, value: object, *, is_masked: bool) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if is_masked and not _is_open(field, value, text):
        text = masked(text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _is_open(field: Field | None, value: object, text: str) -> bool:
    """Whether the value may be shown to whoever looks over a shoulder."""
    if field is None:
        return not isinstance(value, str) and not looks_personal(text)
    if field.type not in OPEN and not field.allowed:
        return False
    # Columns get swapped: what the field does not take may be a phone number all the same.
    return not looks_personal(text) or not reader((field,)).read({field.name: value}).errors


def _expected(field: Field | None) -> list[tuple[str, str]]:
    """Say what the mapping asks of a field. A hidden one is the tenant's own affair."""
    if field is None or field.hidden:
        return []
    allowed = [("Allowed values", listed(field.allowed))] if field.allowed else []
    return [
        ("Type", field.type.word),
        ("Required", "Yes" if field.required and not field.default else "No"),
        *allowed,
        ("Example", _plain(example_of(field))),
    ]


def _advice(code: str) -> str:
    return REFUSALS[code][1] if code in REFUSALS else ""


def _corrected(
    fields: Sequence[Field], submission: Submission, payload: Payload, *, is_masked: bool
) -> str:
    """Write a body that the mapping takes: what was sent, with examples where that was wrong."""
    if submission.error not in ABOUT_THE_BODY:
        return ""
    body = _mended(fields, payload, set(submission.errors or ()), is_masked=is_masked)
    if submission.content_type.startswith(FORM_TYPE):
        return urlencode({name: _plain(value) for name, value in body.items()})
    return json.dumps(body, ensure_ascii=False, indent=2)


def _mended(
    fields: Sequence[Field], payload: Payload, wrong: set[str], *, is_masked: bool
) -> dict[str, Any]:
    by_name = {field.name: field for field in fields}
    body = {
        name: _kept(by_name.get(name), value, is_masked=is_masked)
        for name, value in payload.items()
    }
    read = reader(tuple(fields)).read
    for names in (wrong, set(read(body).errors)):
        body |= {name: example_of(by_name[name]) for name in names if name in by_name}
    if payload and not read(body).errors:
        return body
    # What was sent contradicts itself: begin with a whole example instead.
    return {field.name: example_of(field) for field in shown(fields)}


def _kept(field: Field | None, value: Any, *, is_masked: bool) -> Any:  # noqa: ANN401
    """Keep what was sent; what is masked elsewhere becomes an example, which is taken as well."""
    if not is_masked:
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if _is_open(field, value, text):
        return value
    return ANYTHING if field is None else example_of(field)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
