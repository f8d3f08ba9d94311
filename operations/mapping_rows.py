"""The rows of a mapping as staff typed them: tidied, or refused with a sentence beside each row."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from operations.mapping_cleanups import cleaner
from operations.mapping_engine import Reader
from operations.mapping_fields import CUSTOM, STANDARD, Cleanup, Field, Type
from operations.mapping_values import READ, UnfitError
from operations.refusal import Invalid
from operations.typed import line

MOST_ROWS = 100
NAME, VALUE = 100, 200
MOST_ALLOWED = 200
#: Texts of any kind: names, streets, towns.
TEXTS = (Type.TEXT, Type.CHOICE)
#: Duplicates, searches and postal codes rely on these.
TYPES_OF = dict.fromkeys(STANDARD, TEXTS) | {
    "email": (Type.EMAIL,),
    "phone": (Type.PHONE,),
    "state": (Type.US_STATE, *TEXTS),
    "postal_code": (Type.POSTAL_CODE, *TEXTS),
}
CASES = frozenset({Cleanup.LOWER, Cleanup.UPPER, Cleanup.TITLE})


@dataclass(frozen=True)
class Problem:
    """What is wrong with one row, beside which of its fields."""

    row: int
    field: str
    sentence: str


class InvalidRows(Invalid):
    """Some rows cannot be taken; nothing was saved."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("rows", problems[0].sentence)
        self.problems = problems


def checked(rows: Sequence[Field]) -> tuple[Field, ...]:
    """Tidy every row. Raises InvalidRows with everything that is wrong."""
    if not 0 < len(rows) <= MOST_ROWS:
        sentence = f"A mapping has at least one field, and at most {MOST_ROWS}."
        raise InvalidRows([Problem(0, "name", sentence)])
    fields, problems = [], []
    for place, row in enumerate(rows):
        try:
            fields.append(_tidy(row))
        except Invalid as refused:
            problems.append(Problem(place, refused.field, refused.sentence))
            fields.append(row)
    problems += _twice(fields, "name", "Another row has this incoming name already.")
    problems += _twice(fields, "to", "Another row fills this lead field already.")
    if problems:
        raise InvalidRows(sorted(problems, key=lambda problem: problem.row))
    return tuple(fields)


def _twice(fields: Sequence[Field], which: str, sentence: str) -> Iterable[Problem]:
    values = [getattr(field, which) for field in fields]
    counted = Counter(values)
    for place, value in enumerate(values):
        if value and counted[value] > 1 and values.index(value) < place:
            yield Problem(place, which, sentence)


def _tidy(row: Field) -> Field:
    name = line("name", row.name, NAME, needed="Write the name that is sent.")
    _check_lead_field(row.to, row.type)
    if len(CASES & set(row.cleanups)) > 1:
        raise Invalid("cleanups", "Choose one of lower, upper and title case.")
    tidy = replace(
        row,
        name=name,
        default=line("default", row.default, VALUE),
        allowed=tuple(_allowed(row)),
        cleanups=tuple(cleanup for cleanup in Cleanup if cleanup in row.cleanups),
    )
    _check_default(tidy)
    _check_hidden(tidy)
    return tidy


def _check_lead_field(to: str, kind: Type) -> None:
    if not CUSTOM.fullmatch(to):
        message = (
            "Choose a lead field, or name one of your own: a small letter, then up to 39 small"
            " letters, digits and underscores."
        )
        raise Invalid("to", message)
    if kind not in (fitting := TYPES_OF.get(to, tuple(Type))):
        words = " or ".join(one.word for one in fitting)
        raise Invalid("type", f"The lead field {to} takes the type {words}.")


def _allowed(row: Field) -> list[str]:
    """Each allowed value once; the type has to take every one of them."""
    values = [line("allowed", text, VALUE) for text in row.allowed if text.strip()]
    once = list({value.casefold(): value for value in reversed(values)}.values())[::-1]
    if row.type is Type.CHOICE and not once:
        raise Invalid("allowed", "A choice needs its allowed values, one on each line.")
    if len(once) > MOST_ALLOWED:
        raise Invalid("allowed", f"At most {MOST_ALLOWED} values; these are {len(once):,}.")
    for value in once:
        _check_value("allowed", row, value)
    return once


def _check_value(field: str, row: Field, value: str) -> None:
    try:
        READ[row.type](cleaner(row.cleanups)(value), "")
    except UnfitError as error:
        raise Invalid(field, f"“{value}” cannot be sent: {_after_colon(str(error))}") from error


def _check_default(row: Field) -> None:
    reading = Reader([row]).read({row.name: row.default}) if row.default else None
    if reading and reading.errors:
        sentence = reading.errors[row.name][0]
        raise Invalid("default", f"The default does not fit: {_after_colon(sentence)}")


def _check_hidden(row: Field) -> None:
    """Refuse to ask for what nobody is told of: the specification's own examples would fail."""
    if row.hidden and row.required and not row.default:
        message = "A required field stands in the specification, or has a default."
        raise Invalid("hidden", message)


def _after_colon(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
