"""What an event holds: as JSON can, and nothing secret."""

from operations import audit


def test_an_event_names_rows_by_text_and_never_holds_a_secret(world, inside):
    with inside(world.acme) as actor:
        after = {"partner_id": world.acme.partner.id, "token_hash": "secret"}

        event = audit.record(actor, "partner.edited", world.acme.partner, after=after)

        assert event.after == {"partner_id": str(world.acme.partner.id)}
