"""Half a year of calls: a few sources get most of them, and many a few, as anywhere."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta

from benchmarks.names import Kind, identifier, owner_of, written
from benchmarks.rows import Filling, Place, Row
from models import Lead, MetricChange, Submission, now

DAYS = 180
#: So many calls share one number, as if they came in one transaction.
TOGETHER = 50_000
OUTCOMES = ["accepted"] * 17 + ["duplicate"] * 2 + ["rejected"]
WRONG = json.dumps({"email": ["is no e-mail address"], "phone": ["is too short"]})
PAYOUT = 1250


def call_fillings(place: Place, count: int, *, is_numbered: bool) -> Iterator[Filling]:
    """List what so many calls leave behind; they are numbered where transactions are."""
    yield Filling(
        Submission,
        "tenant_id id seq source_id partner_id credential_id received_at day address"
        " content_type body outcome is_test status answer error errors payout_cents",
        (_submission(place, call, is_numbered=is_numbered) for call in _calls(place, count)),
        count,
    )
    leads = (call for call in _calls(place, count) if call[3] != "rejected")
    yield Filling(
        Lead,
        "tenant_id id source_id partner_id received_at day state is_test email phone fields"
        " extra payout_cents returned_at return_reason",
        (_lead(place, call) for call in leads),
        count,
    )
    yield Filling(
        MetricChange,
        "tenant_id id seq source_id partner_id day accepted duplicate rejected returned"
        " payout_cents returned_cents deducted_cents",
        (
            _change(place, call, is_numbered=is_numbered)
            for call in _calls(place, count)
            if _is_returned(call)
        ),
        count // 40,
    )


#: Its number, its identifier, its source, its outcome, and when it came.
Call = tuple[int, str, int, str, str]


def _calls(place: Place, count: int) -> Iterator[Call]:
    """Give the same calls each time: submissions and leads are two tables of one story."""
    dice, sources = random.Random(11), len(place.sources)  # noqa: S311 - nothing secret
    begin = now() - timedelta(days=DAYS)
    step = timedelta(days=DAYS) / count
    for number in range(count):
        moment = begin + number * step
        source = int(dice.paretovariate(0.7)) % sources + 1
        outcome = OUTCOMES[int(dice.random() * len(OUTCOMES))]
        millisecond = int(moment.timestamp() * 1000)
        yield number, f"{millisecond:012x}70008{number:015x}", source, outcome, written(moment)


def _submission(place: Place, call: Call, *, is_numbered: bool) -> Row:
    number, name, source, outcome, moment = call
    owner = owner_of(source)
    is_rejected = outcome == "rejected"
    return (
        place.tenant, name, _seq(number, is_numbered=is_numbered),
        identifier(Kind.SOURCE, source), owner and identifier(Kind.PARTNER, owner),
        identifier(Kind.CREDENTIAL, source), moment, moment[:10], "192.0.2.1",
        "application/json", _fields(number).encode(), outcome, 0, 422 if is_rejected else 201,
        '{"status": "accepted", "test": false}', "validation_failed" if is_rejected else "",
        WRONG if is_rejected else "{}", PAYOUT if outcome == "accepted" else 0,
    )  # fmt: skip


def _lead(place: Place, call: Call) -> Row:
    number, name, source, outcome, moment = call
    owner = owner_of(source)
    is_returned = _is_returned(call)
    return (
        place.tenant, name, identifier(Kind.SOURCE, source),
        owner and identifier(Kind.PARTNER, owner), moment, moment[:10],
        "returned" if is_returned else outcome, 0,
        f"ann{number}@lead.example", f"+1312{number % 10_000_000:07}", _fields(number), "{}",
        PAYOUT if outcome == "accepted" else 0, moment if is_returned else None,
        "Wrong number" if is_returned else "",
    )  # fmt: skip


def _is_returned(call: Call) -> bool:
    """One accepted lead in forty came back."""
    return call[3] == "accepted" and call[0] % 40 == 0


def _change(place: Place, call: Call, *, is_numbered: bool) -> Row:
    """What the rollups are told of a lead that came back."""
    number, name, source, _, moment = call
    owner = owner_of(source)
    return (
        place.tenant, name, _seq(number, is_numbered=is_numbered),
        identifier(Kind.SOURCE, source), owner and identifier(Kind.PARTNER, owner), moment[:10],
        0, 0, 0, 1, 0, PAYOUT, 0,
    )  # fmt: skip


def _seq(number: int, *, is_numbered: bool) -> int:
    return number // TOGETHER + 1 if is_numbered else 0


def _fields(number: int) -> str:
    return (
        f'{{"first_name": "Ann", "last_name": "Lee{number}", "email": "ann{number}@lead.example",'
        f' "phone": "+1312{number % 10_000_000:07}", "postal_code": "{number % 100_000:05}",'
        f' "state": "NY", "product": "auto", "consent": true}}'
    )
