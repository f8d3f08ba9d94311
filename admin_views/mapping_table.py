"""A mapping's rows as both panels show them: what is sent, what it becomes, by which rules."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from operations.mapping_differences import cleanup_words, shown
from operations.mapping_fields import Field


@dataclass(frozen=True)
class Row:
    """One field, in words."""

    name: str
    to: str
    type: str
    required: bool
    rules: str


def rows_for_staff(fields: Iterable[Field]) -> list[Row]:
    """Show every field with all its rules."""
    return [_row(field, [*_rules(field), *_inner_rules(field)]) for field in fields]


def rows_for_partners(fields: Iterable[Field]) -> list[Row]:
    """Show what a partner's developer needs; hidden fields are left out."""
    return [_row(field, list(_rules(field))) for field in shown(fields)]


def _row(field: Field, rules: Sequence[str]) -> Row:
    said = "; ".join(rules)
    said = said[:1].upper() + said[1:]
    return Row(field.name, field.to, field.type.word, field.required, said)


def _rules(field: Field) -> Iterator[str]:
    if field.allowed:
        yield f"one of {', '.join(field.allowed)}"
    if field.default:
        yield f"“{field.default}” as default"


def _inner_rules(field: Field) -> Iterator[str]:
    if field.cleanups:
        yield f"clean-ups: {cleanup_words(field.cleanups)}"
    if field.hidden:
        yield "hidden from the specification"
