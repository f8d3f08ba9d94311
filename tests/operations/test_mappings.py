"""Mappings: drafts, publishing, who is told, and what history keeps."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from models import AuditEvent, FieldMapping, Letter, Membership, Partner, PartnerStatus, Source, db
from operations import mapping_drafts, mapping_letters, mappings, sources
from operations.mapping_drafts import Seen
from operations.mapping_fields import STARTER, Cleanup, Field, Type
from operations.mapping_rows import InvalidRows
from operations.refusal import Forbidden, Refusal, Stale

ZIP = Field("zip", "zip_plus", Type.POSTAL_CODE)
SECRET = Field("margin", "margin", Type.DECIMAL, hidden=True)
FIRST = Seen(number=1, version=0)


def here(row):
    return db.session.get_one(type(row), (row.tenant_id, row.id))


def saved(actor, source, *more, seen=FIRST):
    return mapping_drafts.save(actor, source, seen, [*STARTER, *more])


def published(actor, source, *more):
    number = mapping_drafts.next_number(source)
    draft = saved(actor, source, *more, seen=Seen(number, 0))
    mappings.publish(actor, source, draft.version)
    return draft


def events(kind):
    return db.session.scalars(select(AuditEvent).where(AuditEvent.kind == kind)).all()


def letters():
    found = select(Letter).where(Letter.kind == "mapping_changed").order_by(Letter.id)
    return db.session.scalars(found).all()


def test_a_source_begins_with_the_starter_mapping(world, inside):
    with inside(world.acme):
        source = here(world.acme.source)

        assert mappings.current(source) == STARTER
        assert mappings.draft_of(source) is None
        assert mappings.history(source) == []


def test_a_draft_changes_nothing_that_is_in_force(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)

        draft = saved(actor, source, ZIP)

        assert mappings.current(source) == STARTER
        assert mappings.draft_of(source) is draft
        assert (draft.number, draft.version) == (1, 1)
        (event,) = events("mapping.draft_saved")
        assert event.after["changes"].startswith("“zip”: new")


def test_a_draft_is_saved_again_in_the_version_that_was_seen(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        saved(actor, source, ZIP)

        draft = saved(actor, source, SECRET, seen=Seen(1, 1))

        assert draft.version == 2
        assert mappings.fields_of(draft)[-1] == SECRET


@pytest.mark.parametrize("seen", [FIRST, Seen(1, 7), Seen(2, 1)])
def test_of_two_who_save_the_second_is_refused(world, inside, seen):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        saved(actor, source, ZIP)

        with pytest.raises(Stale):
            saved(actor, source, SECRET, seen=seen)

        assert mappings.fields_of(mappings.draft_of(source))[-1] == ZIP


def test_a_form_that_showed_what_is_no_longer_in_force_is_refused(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        published(actor, source, ZIP)

        with pytest.raises(Stale):
            saved(actor, source, SECRET)
        with pytest.raises(Stale):
            saved(actor, source, SECRET, seen=Seen(2, 1))


def test_a_draft_that_somebody_saves_at_the_same_moment_is_refused(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        draft = saved(actor, source, ZIP)
        change(FieldMapping, draft, version=5)

        with pytest.raises(Stale):
            saved(actor, source, SECRET, seen=Seen(1, 1))


def test_publishing_puts_the_draft_in_force_and_says_who_and_when(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)

        draft = published(actor, source, ZIP)

        assert source.mapping_id == draft.id
        assert mappings.current(source)[-1] == ZIP
        assert mappings.draft_of(source) is None
        (version,) = mappings.history(source)
        assert version.published_by.user.name == "acme-admin"
        assert version.published_at is not None
        (event,) = events("mapping.published")
        assert (event.before["number"], event.after["number"]) == (None, 1)


def test_versions_are_counted_and_the_newest_comes_first(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        published(actor, source, ZIP)

        published(actor, source, ZIP, SECRET)

        assert [version.number for version in mappings.history(source)] == [2, 1]
        assert events("mapping.published")[-1].before["number"] == 1


def test_the_partners_people_are_told_what_differs(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)

        published(actor, source, ZIP, SECRET)

        told = letters()
        assert {letter.to_email for letter in told} == {
            "acme-partner-admin@mail.example",
            "acme-partner-user@mail.example",
        }
        assert {letter.partner_id for letter in told} == {world.acme.partner.id}
        assert told[0].facts["changes"] == ["“zip”: new, becomes zip_plus (Postal code), optional."]
        assert told[0].facts["more"] == 0
        assert told[0].facts["link"] == f"/partner/sources/{source.public_id}/mapping/"


def test_a_letter_says_thirty_of_many_differences(world, inside):
    many = [Field(f"n{n}", f"n{n}") for n in range(35)]
    with inside(world.acme) as actor:
        published(actor, here(world.acme.source), *many)

        facts = letters()[0].facts
        assert (len(facts["changes"]), facts["more"]) == (30, 5)


def test_nobody_is_told_of_fields_that_are_hidden(world, inside):
    with inside(world.acme) as actor:
        published(actor, here(world.acme.source), SECRET)

        assert letters() == []


def test_nobody_is_told_where_there_is_no_partner(world, inside):
    with inside(world.acme) as actor:
        published(actor, here(world.acme.free_source), ZIP)

        assert letters() == []


def test_only_those_who_can_sign_in_are_told(world, inside):
    with inside(world.acme) as actor:
        partner_id = world.acme.partner.id
        assert mapping_letters.people_of(partner_id) == 2

        change(Membership, world.acme.partner_user, removed_at=world.acme.partner_user.joined_at)
        assert mapping_letters.people_of(partner_id) == 1

        change(Partner, world.acme.partner, status=PartnerStatus.ARCHIVED)
        assert mapping_letters.people_of(partner_id) == 0
        published(actor, here(world.acme.source), ZIP)
        assert letters() == []


def test_the_same_again_is_not_published(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        draft = saved(actor, source)

        with pytest.raises(Refusal, match="nothing to publish"):
            mappings.publish(actor, source, draft.version)


def test_a_draft_that_changed_since_it_was_seen_is_not_published(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        saved(actor, source, ZIP)
        saved(actor, source, SECRET, seen=Seen(1, 1))

        with pytest.raises(Stale):
            mappings.publish(actor, source, 1)


def test_of_two_who_publish_at_once_one_is_refused(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        draft = saved(actor, source, ZIP)
        change(FieldMapping, draft, published_at=draft.saved_at)

        with pytest.raises(Refusal):
            mappings.publish(actor, source, draft.version)


def test_a_source_that_got_another_mapping_meanwhile_keeps_it(world, inside):
    with inside(world.acme) as actor:
        source, other = here(world.acme.source), here(world.acme.free_source)
        draft, theirs = saved(actor, source, ZIP), saved(actor, other, SECRET)
        change(Source, source, mapping_id=theirs.id)

        with pytest.raises(Refusal):
            mappings.publish(actor, source, draft.version)


def test_discarding_leaves_what_is_published(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        draft = saved(actor, source, ZIP)

        mapping_drafts.discard(actor, source, draft.version)

        assert mappings.draft_of(source) is None
        assert mappings.current(source) == STARTER
        (event,) = events("mapping.draft_discarded")
        assert "zip" in event.before["changes"]
        with pytest.raises(Refusal, match="no draft any more"):
            mapping_drafts.discard(actor, source, draft.version)


def test_another_sources_fields_become_the_draft(world, inside):
    with inside(world.acme) as actor:
        source, other = here(world.acme.source), here(world.acme.other_source)
        published(actor, other, ZIP)

        mapping_drafts.copy(actor, source, FIRST, other)

        assert mappings.fields_of(mappings.draft_of(source)) == (*STARTER, ZIP)
        assert mappings.current(source) == STARTER
        (event,) = events("mapping.copied")
        assert event.after["origin"] == "acme-other-source"
        with pytest.raises(Refusal, match="another source"):
            mapping_drafts.copy(actor, source, Seen(1, 1), source)


def test_a_deleted_source_has_no_draft_to_work_on(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        draft = saved(actor, source, ZIP)
        sources.delete(actor, source)

        with pytest.raises(Refusal, match="was deleted"):
            mappings.publish(actor, source, draft.version)


@pytest.mark.parametrize(
    "deed",
    [
        lambda actor, source: saved(actor, source, ZIP),
        lambda actor, source: mapping_drafts.copy(actor, source, FIRST, source),
        lambda actor, source: mappings.publish(actor, source, 1),
        lambda actor, source: mapping_drafts.discard(actor, source, 1),
    ],
)
@pytest.mark.parametrize("who", ["sales", "validation", "partner_admin"])
def test_every_change_asks_whether_the_actor_may(world, inside, deed, who):
    with inside(world.acme, getattr(world.acme, who)) as actor, pytest.raises((Forbidden, Refusal)):
        deed(actor, here(world.acme.source))


def test_partner_people_read_the_mapping_of_their_own_sources_only(world, inside):
    with inside(world.acme) as actor:
        theirs = published(actor, here(world.acme.source), ZIP)
        others = published(actor, here(world.acme.other_source), ZIP)
        db.session.commit()

    with inside(world.acme, world.acme.partner_user):
        found = db.session.scalars(select(FieldMapping.id)).all()

        assert found == [theirs.id]
        assert others.id not in found
        (version,) = mappings.history(here(world.acme.source))
        assert version.published_by is None


def problem(*rows):
    with pytest.raises(InvalidRows) as refused:
        mapping_drafts.mapping_rows.checked(rows)
    return [(one.row, one.field) for one in refused.value.problems]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (Field("", "a"), "name"),
        (Field("a\u202eb", "a"), "name"),
        (Field("a" * 101, "a"), "name"),
        (Field("a", "A-b"), "to"),
        (Field("a", ""), "to"),
        (Field("a", "email", Type.TEXT), "type"),
        (Field("a", "phone", Type.INTEGER), "type"),
        (Field("a", "a", cleanups=(Cleanup.LOWER, Cleanup.TITLE)), "cleanups"),
        (Field("a", "a", Type.CHOICE), "allowed"),
        (Field("a", "a", Type.INTEGER, allowed=("1", "two")), "allowed"),
        (Field("a", "a", allowed=tuple(map(str, range(201)))), "allowed"),
        (Field("a", "a", Type.DATE, default="today"), "default"),
        (Field("a", "a", Type.CHOICE, allowed=("x",), default="y"), "default"),
        (Field("a", "a", required=True, hidden=True), "hidden"),
        (Field("a", "a", required=True, hidden=True, default="  "), "hidden"),
    ],
)
def test_a_row_that_cannot_work_is_refused_beside_its_field(row, field):
    assert problem(ZIP, row) == [(1, field)]


def test_a_hidden_field_may_be_required_when_it_has_a_default():
    row = Field("a", "a", required=True, hidden=True, default="x")

    assert mapping_drafts.mapping_rows.checked([row]) == (row,)


def test_two_rows_name_neither_the_same_incoming_name_nor_the_same_lead_field():
    rows = [Field("a", "one"), Field("a", "two"), Field("b", "one")]

    assert problem(*rows) == [(1, "name"), (2, "to")]


def test_a_mapping_has_some_rows_and_not_too_many():
    assert problem() == [(0, "name")]
    assert problem(*[Field(f"n{n}", f"n{n}") for n in range(101)]) == [(0, "name")]


def test_rows_are_tidied():
    row = Field(
        " a ",
        "a",
        allowed=(" x ", "", "X", "y"),
        cleanups=(Cleanup.UPPER, Cleanup.TRIM),
        default=" y",
    )

    (tidy,) = mapping_drafts.mapping_rows.checked([row])

    assert tidy == replace(
        row, name="a", allowed=("x", "y"), cleanups=(Cleanup.TRIM, Cleanup.UPPER), default="y"
    )


def change(model, row, **values):
    """Change the row behind this session's back, as another request would."""
    changed = update(model).where(model.id == row.id).values(**values)
    db.session.execute(changed.execution_options(synchronize_session=False))
