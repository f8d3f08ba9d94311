"""A source's terms: what may be typed, and what is kept of it."""

import pytest
from sqlalchemy import select

from models import AuditEvent, Source, db
from operations import sources
from operations.refusal import Invalid
from operations.sources import Fields


def here(source):
    return db.session.scalars(select(Source).where(Source.id == source.id)).one()


def test_terms_are_kept_and_recorded(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        terms = {
            "payout": " 1,012.5 ",
            "duplicate_fields": ["postal_code", "email"],
            "duplicate_days": "90",
            "rate_limit": "0",
        }

        sources.edit(actor, source, source.version, Fields("acme-source", **terms))

        event = db.session.scalars(
            select(AuditEvent).where(AuditEvent.kind == "source.edited")
        ).one()
        kept = {
            "payout_cents": 101250,
            "duplicate_fields": ["email", "postal_code"],
            "duplicate_days": 90,
            "rate_limit": 0,
        }
        assert event.after == kept
        assert {name: getattr(source, name) for name in kept} == kept


def test_terms_that_are_not_given_stay(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        sources.edit(actor, source, source.version, Fields("acme-source", payout="12"))

        sources.edit(actor, source, source.version, Fields("acme-source"))

        assert source.payout_cents == 1200


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("payout", "twelve"),
        ("payout", "-1"),
        ("payout", "1.234"),
        ("payout", "12,50"),
        ("payout", "12,5"),
        ("payout", "1.250,00"),
        ("payout", "100000.01"),
        ("payout", "١٢"),
        ("duplicate_fields", []),
        ("duplicate_fields", ["first_name"]),
        ("duplicate_fields", ["email", "income"]),
        ("duplicate_days", "0"),
        ("duplicate_days", "366"),
        ("duplicate_days", ""),
        ("duplicate_days", "3,0"),
        ("rate_limit", "many"),
        ("rate_limit", "100001"),
        ("rate_limit", "1" + ",000" * 1500),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(world, inside, field, typed):
    with inside(world.acme) as actor:
        with pytest.raises(Invalid) as refused:
            sources.create(actor, Fields("New", **{field: typed}))

        assert refused.value.field == field


def test_an_empty_payout_is_none(world, inside):
    with inside(world.acme) as actor:
        made = sources.create(actor, Fields("New", payout=""))

        assert made.payout_cents == 0


@pytest.mark.parametrize(
    ("typed", "cents"), [("1,250", 125000), ("1,250.00", 125000), ("1,00,000", 10000000)]
)
def test_a_comma_before_three_digits_marks_thousands(world, inside, typed, cents):
    with inside(world.acme) as actor:
        made = sources.create(actor, Fields("New", payout=typed))

        assert made.payout_cents == cents


@pytest.mark.parametrize("typed", ["100000.01", "1,000,000,000", "10000000000"])
def test_an_amount_that_is_too_large_is_told_the_largest(world, inside, typed):
    with inside(world.acme) as actor:
        with pytest.raises(Invalid) as refused:
            sources.create(actor, Fields("New", payout=typed))

        assert refused.value.sentence == "Use at most 100,000."
