"""Specification: what somebody who connects a source has to know, as the source is now."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from models import Credential, CredentialKind, Source, SourceStatus, db, now
from operations.credentials import listed, usable
from operations.intake_answers import REFUSALS
from operations.mapping_differences import shown
from operations.mapping_examples import example_of
from operations.mapping_fields import Field
from operations.mapping_values import Value
from operations.mappings import current
from operations.specification_examples import Call, Example, examples

PATH = "/api/v1/leads"
#: Keys that the page names; a source with more has them in its list.
MOST_KEYS = 50


@dataclass(frozen=True)
class Answer:
    """One row of the answers table."""

    status: int
    case: str
    code: str


TAKEN = (
    Answer(201, "The lead is taken and stored for good.", '"status": "accepted"'),
    Answer(
        201,
        "The lead repeats an earlier one. It is stored, with an identifier of its own.",
        '"status": "duplicate"',
    ),
)
#: What no caller of the documented address gets to see.
ELSEWHERE = frozenset({"not_found", "method_not_allowed"})
ANSWERS = (
    *TAKEN,
    *(
        Answer(status, sentence, code)
        for code, (status, sentence) in REFUSALS.items()
        if code not in ELSEWHERE
    ),
)


@dataclass(frozen=True)
class Specification:
    """Everything the page says. No secret is in it: none is stored."""

    source: Source
    endpoint: str
    keys: Sequence[Credential]
    fields: Sequence[Field]
    #: Whom the sample is about: another person for each source and at each moment.
    person: int = 0

    @property
    def sample(self) -> dict[str, Value]:
        """Give a payload that the mapping takes."""
        return {field.name: example_of(field, self.person) for field in self.fields}

    @property
    def email_name(self) -> str:
        """Name the field that decides the outcome of a test; empty where there is none."""
        return next((field.name for field in self.fields if field.to == "email"), "")

    @property
    def kind(self) -> CredentialKind:
        """How the examples authenticate: as the source's keys do, with key and secret if in doubt.

        A source may have both kinds; the page says how the other one is sent.
        """
        kinds = {key.kind for key in self.keys}
        return CredentialKind.BEARER if kinds == {CredentialKind.BEARER} else CredentialKind.BASIC

    @property
    def key(self) -> str:
        """Name the key that whoever sets up the examples most likely holds: the newest."""
        return self.keys[0].key if self.keys else ""

    @property
    def is_test(self) -> bool:
        """Whether every lead is a test."""
        return self.source.status is SourceStatus.TEST

    @property
    def answers(self) -> tuple[Answer, ...]:
        """List what a call can be answered with."""
        return ANSWERS

    @property
    def examples(self) -> list[Example]:
        """Write the calls that run as they stand."""
        return examples(Call(self.endpoint, self.kind, self.sample))


def of_source(source: Source, public_url: str) -> Specification:
    """Read a source's specification, in two statements."""
    person = source.id.int + int(now().timestamp())
    return Specification(source, public_url + PATH, _keys(source), shown(current(source)), person)


def _keys(source: Source) -> Sequence[Credential]:
    found = (
        select(Credential)
        .where(*listed(source), usable())
        .order_by(Credential.id.desc())
        .limit(MOST_KEYS)
    )
    return db.session.scalars(found).all()
