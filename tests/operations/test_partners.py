"""Partners: what may be typed, who decides a race, and the way back."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models import AuditEvent, Membership, Partner, PartnerStatus, db, now
from operations import details, partner_bulk, partners, sessions, tags, undo
from operations.refusal import Forbidden, Invalid, Refusal, Stale
from tests.conftest import actor_of
from tests.statements import counted
from tests.world import partner_of


def found(partner):
    return db.session.scalar(select(Partner).where(Partner.id == partner.id))


def events(kind):
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.kind == kind)))


def test_a_new_partner_has_what_was_typed_tidied(world, inside):
    with inside(world.acme) as actor:
        made = partners.create(
            actor,
            name="  Bright   Water ",
            contact_email=" Someone@Bright.example.com ",
            phone="+13125550148",
            website="bright.example.com",
            tags="Net 30, auto,, AUTO",
            notes="one\r\ntwo",
            account_manager_id=world.acme.sales.id,
        )

        assert (made.name, made.phone) == ("Bright Water", "+1 312-555-0148")
        assert (made.website, made.notes) == ("https://bright.example.com", "one\ntwo")
        assert tags.of(made) == ["auto", "net 30"]
        assert made.account_manager_id == world.acme.sales.id
        assert events("partner.created")[0].after["account_manager"] == "acme-sales"


def test_two_partners_never_share_a_name_whatever_its_case(world, inside):
    with inside(world.acme) as actor, pytest.raises(Invalid) as refusal:
        partners.create(actor, name="ACME-Partner")

    assert refusal.value.field == "name"


def test_a_taken_name_leaves_the_transaction_usable(world, inside):
    with inside(world.acme) as actor:
        with pytest.raises(Invalid):
            partners.edit(actor, found(world.acme.partner), 1, name="acme-other")

        db.session.expire_all()
        assert found(world.acme.partner).name == "acme-partner"


def test_another_tenant_may_have_the_same_name(world, inside):
    with inside(world.acme) as actor:
        made = partners.create(actor, name="rival-partner")

        assert made.tenant_id == world.acme.tenant.id


@pytest.mark.parametrize("role", ["sales", "validation", "partner_admin", "partner_user"])
def test_only_who_edits_partners_changes_one(world, inside, role):
    member = getattr(world.acme, role)
    deeds = (
        lambda actor, _: partners.create(actor, name="x"),
        lambda actor, partner: partners.edit(actor, partner, 1, notes="x"),
        partners.pause,
        lambda actor, partner: partner_bulk.pause_all(actor, [partner]),
        lambda actor, partner: partner_bulk.set_manager(actor, [partner], None),
        lambda actor, partner: partner_bulk.add_tag(actor, [partner], "x"),
    )
    with inside(world.acme, member) as actor:
        for deed in deeds:
            with pytest.raises(Forbidden):
                deed(actor, world.acme.partner)


def test_an_edit_records_both_sides_of_what_differs_and_nothing_else(world, inside):
    with inside(world.acme) as actor:
        partner = found(world.acme.partner)
        manager_id = world.acme.support.id
        typed = {"name": "acme-partner", "notes": "new", "tags": "a", "show_returned": True}

        event = partners.edit(actor, partner, 1, **typed, account_manager_id=manager_id)

        assert event.before == {"notes": "acme-partner-notes", "tags": [], "account_manager": ""}
        after = {"notes": "new", "tags": ["a"], "account_manager": "acme-customer-support"}
        assert event.after == after
        assert partner.version == 2


def test_an_edit_that_changes_nothing_leaves_no_event(world, inside):
    with inside(world.acme) as actor:
        event = partners.edit(actor, found(world.acme.partner), 1, name="acme-partner", tags="")

        assert event is None


def test_new_tags_alone_move_the_version_too(world, inside):
    with inside(world.acme) as actor:
        partner = found(world.acme.partner)
        partners.edit(actor, partner, 1, tags="a, b")

        partners.edit(actor, partner, 2, tags="b, c")

        assert tags.of(partner) == ["b", "c"]
        assert partner.version == 3


def test_a_form_that_was_opened_earlier_is_refused(world, inside):
    with inside(world.acme) as actor:
        partners.edit(actor, found(world.acme.partner), 1, notes="first")

        with pytest.raises(Stale):
            partners.edit(actor, found(world.acme.partner), 1, notes="second")


def test_a_save_that_slips_in_between_is_noticed_by_the_database(world, inside):
    with inside(world.acme) as actor:
        partner = found(world.acme.partner)
        other = update(Partner).where(Partner.id == partner.id).values(version=7)
        db.session.execute(other.execution_options(synchronize_session=False))

        with pytest.raises(Stale):
            partners.edit(actor, partner, 1, notes="mine")


def test_the_account_manager_is_one_of_the_staff(world, inside):
    strangers = (world.acme.partner_admin.id, world.rival.admin.id)
    with inside(world.acme) as actor:
        for stranger in strangers:
            with pytest.raises(Invalid) as refusal:
                partners.edit(actor, found(world.acme.partner), 1, account_manager_id=stranger)

            assert refusal.value.field == "account_manager_id"


def test_an_account_manager_who_left_stays_until_somebody_else_is_chosen(world, inside):
    with inside(world.acme) as actor:
        partner, manager_id = found(world.acme.partner), world.acme.sales.id
        partners.edit(actor, partner, 1, account_manager_id=manager_id)
        gone = update(Membership).where(Membership.id == manager_id).values(removed_at=now())
        db.session.execute(gone)

        event = partners.edit(actor, partner, 2, account_manager_id=manager_id, notes="n")

        assert event.after == {"notes": "n"}


WRONG = {
    "name": ["", "  ", "\u200b", "a\x07b", "a\u202eb", "x" * 201],
    "contact_name": ["x" * 121, "a\tb\x00"],
    "contact_email": ["nobody", "a@b", "a b@example.com", "a@example.com\nBcc: x@example.com"],
    "phone": ["call me", "+1", "+abc", "+999 123 456 789", "1" * 41],
    "website": ["javascript:alert(1)", "ftp://example.com", "http://", "a b.example.com"],
    "notes": ["x" * 5001, "a\x00b"],
    "tags": ["x" * 41, ",".join(str(n) for n in range(21))],
}
ODD_ADDRESSES = ["https://user@example.com", "http://[::1", "https://example.com:x", "data:,x"]


@pytest.mark.parametrize(("field", "text"), [(f, t) for f, texts in WRONG.items() for t in texts])
def test_what_cannot_be_taken_is_refused_beside_its_field(field, text):
    with pytest.raises(Invalid) as refusal:
        partners.RULES[field](text)

    assert refusal.value.field == field


@pytest.mark.parametrize("text", ODD_ADDRESSES)
def test_a_website_is_a_plain_web_address(text):
    with pytest.raises(Invalid):
        details.website(text)


@pytest.mark.parametrize("text", ["", "(312) 555-0148", "030 1234567", "555 0148 ext. 12"])
def test_a_number_without_country_code_is_kept_as_typed(text):
    assert details.phone(text) == text


def test_a_tag_holds_no_comma_and_is_not_empty():
    for text in ("a,b", "  "):
        with pytest.raises(Invalid):
            details.tag(text)


@pytest.mark.parametrize(
    ("first", "back", "between"),
    [
        (partners.pause, partners.resume, PartnerStatus.PAUSED),
        (partners.archive, partners.restore, PartnerStatus.ARCHIVED),
    ],
)
def test_there_is_a_way_back(world, inside, first, back, between):
    with inside(world.acme) as actor:
        partner = found(world.acme.partner)

        first(actor, partner)
        assert partner.status is between
        back(actor, partner)

        assert partner.status is PartnerStatus.ACTIVE


def test_a_partner_that_was_paused_is_paused_again_when_restored(world, inside):
    with inside(world.acme) as actor:
        partner = found(world.acme.partner)
        partners.pause(actor, partner)
        partners.archive(actor, partner)

        partners.restore(actor, partner)

        assert partner.status is PartnerStatus.PAUSED


@pytest.mark.parametrize("deed", [partners.resume, partners.restore])
def test_a_move_that_is_not_legal_now_is_refused(world, inside, deed):
    with inside(world.acme) as actor:
        with pytest.raises(Refusal) as refusal:
            deed(actor, found(world.acme.partner))

        assert refusal.value.sentence == "acme-partner is active now. Nothing was changed."


def test_an_archived_partner_is_not_archived_again(world, inside):
    with inside(world.acme) as actor:
        partner = found(world.acme.partner)
        partners.archive(actor, partner)

        with pytest.raises(Refusal):
            partners.archive(actor, partner)


def test_of_two_who_pause_at_once_one_is_told(world, inside):
    with inside(world.acme) as actor:
        partner = found(world.acme.partner)
        other = update(Partner).where(Partner.id == partner.id).values(status="paused")
        db.session.execute(other.execution_options(synchronize_session=False))

        with pytest.raises(Refusal) as refusal:
            partners.pause(actor, partner)

        assert refusal.value.sentence == "acme-partner is paused now. Nothing was changed."


def test_an_archived_partner_keeps_its_people_out(world, inside, app, settings):
    with inside(world.acme) as actor:
        key = sessions.begin(world.acme.partner_admin.user, "192.0.2.7", "a browser")
        partners.archive(actor, found(world.acme.partner))
        db.session.commit()

        assert sessions.resume(key, settings) is None or not sessions.resume(key, settings).places


@pytest.mark.parametrize("deed", [partners.pause, partners.archive])
def test_whoever_did_it_takes_it_back(world, inside, deed):
    with inside(world.acme) as actor:
        partner = found(world.acme.partner)
        event = deed(actor, partner)

        undone = undo.undo(actor, event)

        assert partner.status is PartnerStatus.ACTIVE
        assert undone.undoes_id == event.id


def test_undo_is_refused_once_somebody_moved_on(world, inside):
    with inside(world.acme) as actor:
        partner = found(world.acme.partner)
        event = partners.pause(actor, partner)
        partners.archive(actor, partner)

        with pytest.raises(Refusal):
            undo.undo(actor, event)

        assert partner.status is PartnerStatus.ARCHIVED


def test_what_was_done_and_undone_since_is_in_no_way_of_an_undo(world, inside):
    with inside(world.acme) as actor:
        partner = found(world.acme.partner)
        pause = partners.pause(actor, partner)
        undo.undo(actor, partners.archive(actor, partner))

        undo.undo(actor, pause)

        assert partner.status is PartnerStatus.ACTIVE


def test_undo_asks_for_the_role_of_the_deed_again(world, inside):
    with inside(world.acme, world.acme.support) as actor:
        event = partners.pause(actor, found(world.acme.partner))
        actor_now = actor_of(world.acme.sales)

        with pytest.raises(Forbidden):
            partners.undo_status(actor_now, event)


def test_undo_of_a_partner_that_is_not_here_is_refused(world, inside):
    with inside(world.acme) as actor:
        event = partners.pause(actor, found(world.acme.partner))
        event.object_id = world.rival.partner.id

        with pytest.raises(Refusal):
            partners.undo_status(actor, event)


def test_undo_is_offered_for_ten_minutes(world, inside):
    with inside(world.acme) as actor:
        event = partners.pause(actor, found(world.acme.partner))
        event.at = now() - timedelta(minutes=11)

        with pytest.raises(Refusal):
            undo.undo(actor, event)


def both(world):
    return [found(world.acme.partner), found(world.acme.other_partner)]


def test_many_are_paused_with_one_event_each(world, inside):
    with inside(world.acme) as actor:
        number = partner_bulk.pause_all(actor, both(world))

        assert number == 2
        assert {partner.status for partner in both(world)} == {PartnerStatus.PAUSED}
        assert {event.object_name for event in events("partner.paused")} == {
            "acme-partner",
            "acme-other",
        }


def test_where_one_is_not_active_none_is_paused(world, inside):
    with inside(world.acme) as actor:
        partners.pause(actor, found(world.acme.other_partner))

        with pytest.raises(Refusal) as refusal:
            partner_bulk.pause_all(actor, both(world))

        assert refusal.value.sentence.startswith("acme-other is not active")
        assert found(world.acme.partner).status is PartnerStatus.ACTIVE


def test_where_one_changes_at_the_same_moment_all_are_refused(world, inside):
    with inside(world.acme) as actor:
        chosen = both(world)
        other = update(Partner).where(Partner.id == chosen[1].id).values(status="archived")
        db.session.execute(other.execution_options(synchronize_session=False))

        with pytest.raises(Refusal):
            partner_bulk.pause_all(actor, chosen)


def test_the_account_manager_of_many_is_set_where_it_differs(world, inside):
    with inside(world.acme) as actor:
        partners.edit(actor, found(world.acme.partner), 1, account_manager_id=world.acme.sales.id)

        number = partner_bulk.set_manager(actor, both(world), world.acme.sales.id)
        cleared = partner_bulk.set_manager(actor, both(world), None)

        assert (number, cleared) == (1, 2)
        assert events("partner.edited")[-1].before == {"account_manager": "acme-sales"}
        assert found(world.acme.partner).account_manager_id is None


def test_a_tag_is_added_where_it_is_missing(world, inside):
    with inside(world.acme) as actor:
        partners.edit(actor, found(world.acme.partner), 1, tags="auto")

        number = partner_bulk.add_tag(actor, both(world), " AUTO ")

        assert number == 1
        assert tags.of(found(world.acme.other_partner)) == ["auto"]
        assert found(world.acme.other_partner).version == 2


def test_where_all_have_the_tag_nothing_is_written(world, inside):
    with inside(world.acme) as actor:
        partner_bulk.add_tag(actor, both(world), "auto")

        assert partner_bulk.add_tag(actor, both(world), "auto") == 0


def test_where_some_have_twenty_tags_none_gets_another(world, inside):
    full = ",".join(str(number) for number in range(20))
    with inside(world.acme) as actor:
        for partner in both(world):
            partners.edit(actor, partner, 1, tags=full)

        with pytest.raises(Refusal) as refusal:
            partner_bulk.add_tag(actor, both(world), "one more")

        assert refusal.value.sentence.endswith("and 1 more the same. Nothing was changed.")


def test_a_bulk_move_takes_as_many_statements_for_two_as_for_forty(world, inside, app):
    with inside(world.acme) as actor:
        few = both(world)
        many = [partner_of(world.acme.tenant, f"acme-more-{n}") for n in range(40)]
        numbers = []
        for chosen in (few, many):
            with counted() as made:
                partner_bulk.add_tag(actor, chosen, "auto")
                partner_bulk.set_manager(actor, chosen, world.acme.sales.id)
                partner_bulk.pause_all(actor, chosen)
            numbers.append(len(made))

        assert numbers[0] == numbers[1]
