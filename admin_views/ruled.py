"""Rules of the operations as validators: a form then says all that is wrong with it at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from wtforms import Form, ValidationError

from operations.refusal import Invalid

Validator = Callable[[Form, Any], None]


def tidied(rule: Callable[[str], str]) -> Validator:
    """Apply a rule to a field, which then holds what the rule made of it."""

    def check(_form: Form, field: Any) -> None:
        with _beside_it():
            field.data = rule(field.data or "")

    return check


def ruled(rule: Callable[[str, Any], object]) -> Validator:
    """Apply a rule that takes the field's name to what was typed, if the field was sent."""

    def check(_form: Form, field: Any) -> None:
        if field.data is not None:
            with _beside_it():
                rule(field.short_name, field.data)

    return check


@contextmanager
def _beside_it() -> Iterator[None]:
    try:
        yield
    except Invalid as invalid:
        raise ValidationError(invalid.sentence) from invalid
