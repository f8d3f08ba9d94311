"""The Mapping tab: what it shows, edits, publishes, tries and replays, and to whom."""

import json

import pytest
from sqlalchemy import select

from admin_views.mapping_table import rows_for_staff
from models import Job, Scope, db, enter
from operations import background, mapping_drafts, mapping_replay, mappings
from operations.mapping_drafts import Seen
from operations.mapping_fields import STARTER, Cleanup, Field, Type
from tests.operations.test_mapping_replay import reject

ZIP = Field("zip", "zip_plus", Type.POSTAL_CODE)
SECRET = Field("margin", "margin", Type.DECIMAL, hidden=True)
#: What stands above the draft.
DRAFT = '<h2 id="draft">Version 1</h2>'
TINT = Field("tint", "tint", Type.CHOICE, allowed=("red", "blue"), default="red")


def at(world, page="", source=None):
    return f"/admin/sources/{(source or world.acme.source).public_id}/mapping/{page}"


def partners_page(world, source=None):
    return f"/partner/sources/{(source or world.acme.source).public_id}/mapping/"


@pytest.fixture
def drafted(world, inside):
    """Draft these fields after the starter's, and publish them if asked."""

    def draft(*more, source=None, publish=False):
        with inside(world.acme) as actor:
            row = (source or world.acme.source).id
            found = db.session.get_one(type(world.acme.source), (world.acme.tenant.id, row))
            number = mapping_drafts.next_number(found)
            made = mapping_drafts.save(actor, found, Seen(number, 0), [*STARTER, *more])
            if publish:
                mappings.publish(actor, found, made.version)
            db.session.commit()
            return made

    return draft


@pytest.fixture
def fields(world, inside):
    """Read what is drafted and what is in force, by their incoming names."""

    def read(source=None):
        with inside(world.acme):
            row = (source or world.acme.source).id
            found = db.session.get_one(type(world.acme.source), (world.acme.tenant.id, row))
            draft = mappings.draft_of(found)
            drafted = {field.name: field for field in mappings.fields_of(draft)} if draft else None
            return drafted, {field.name: field for field in mappings.current(found)}

    return read


def form_of(*rows, number=1, version=0, **more):
    """What the editor sends for these rows."""
    sent = {"number": number, "version": version, **more}
    for place, row in enumerate(rows):
        sent |= {f"rows-{place}-{name}": value for name, value in row.items()}
    return sent


def row_of(name="mail", to="email", kind="email", **more):
    return {"name": name, "to": to, "type": kind, "trim": "y", **more}


def test_a_source_without_a_mapping_shows_the_starter_fields(world, sign_in):
    page = sign_in(world.acme.admin).get(at(world))

    assert page.status_code == 200
    assert "Starter fields" in page.text
    assert "Edit fields" in page.text
    assert "Nothing has been published yet" in page.text


def test_the_tab_is_marked_on_every_page_of_it(world, sign_in, drafted):
    drafted(ZIP)
    client = sign_in(world.acme.admin)

    for name in ("", "edit/", "edit/copy", "try/", "replay/", "publish", "discard"):
        page = client.get(at(world, name))
        assert page.status_code == 200, name
        assert 'aria-current="page">Mapping' in page.text, name


def test_a_draft_is_shown_with_what_differs(world, sign_in, drafted):
    drafted(ZIP)

    page = sign_in(world.acme.admin).get(at(world))

    assert DRAFT in page.text
    assert "“zip”: new, becomes zip_plus" in page.text
    assert "Publish…" in page.text


def test_a_draft_that_differs_in_nothing_cannot_be_published(world, sign_in, drafted):
    drafted()

    page = sign_in(world.acme.admin).get(at(world))

    assert "the same as the starter fields" in page.text
    assert "Publish…" not in page.text


def test_whoever_may_only_see_sources_reads_it(world, sign_in, drafted):
    drafted(ZIP)
    client = sign_in(world.acme.sales)

    page = client.get(at(world))

    assert DRAFT in page.text
    assert "Try it" in page.text
    assert not [word for word in ("Edit draft", "Publish…", "Discard") if word in page.text]
    assert client.get(at(world, "edit/")).status_code == 403
    assert "Replay rejects</button>" not in client.get(at(world, "replay/")).text


def test_the_editor_shows_every_field_with_its_rules(world, sign_in, drafted):
    drafted(TINT, SECRET)

    page = sign_in(world.acme.admin).get(at(world, "edit/"))

    assert page.text.count('class="map-row"') == len(STARTER) + 2
    assert "2 allowed values, default “red”" in page.text
    assert "hidden</span>" in page.text


def test_what_is_typed_becomes_the_draft(world, sign_in, fields):
    sent = form_of(
        row_of(required="y", lower="y"),
        row_of("", "", "text"),
        row_of("tint", "tint", "choice", allowed="red\r\nblue\r\n", default="red", hidden="y"),
    )

    answer = sign_in(world.acme.admin).post(at(world, "edit/"), data=sent)

    assert answer.status_code == 303
    drafted, in_force = fields()
    assert drafted == {
        "mail": Field(
            "mail", "email", Type.EMAIL, required=True, cleanups=(Cleanup.TRIM, Cleanup.LOWER)
        ),
        "tint": Field(
            "tint", "tint", Type.CHOICE, allowed=("red", "blue"), default="red", hidden=True
        ),
    }
    assert in_force.keys() == {field.name for field in STARTER}


def test_a_row_is_added_and_nothing_is_saved(world, sign_in, fields):
    page = sign_in(world.acme.admin).post(at(world, "edit/"), data=form_of(row_of(), do="add"))

    assert page.status_code == 200
    assert page.text.count('class="map-row"') == 2
    assert 'name="rows-1-name"' in page.text
    assert fields()[0] is None


def test_a_row_is_removed_and_what_was_typed_in_the_others_stays(world, sign_in, fields):
    page = sign_in(world.acme.admin).post(
        at(world, "edit/"), data=form_of(row_of("first"), row_of("second", "b"), do="remove-0")
    )

    assert page.text.count('class="map-row"') == 1
    assert 'value="second"' in page.text
    assert 'value="first"' not in page.text
    assert fields()[0] is None


def test_a_hundred_rows_are_enough(world, sign_in):
    many = [row_of(f"n{n}", f"n{n}", "text") for n in range(100)]

    page = sign_in(world.acme.admin).post(at(world, "edit/"), data=form_of(*many, do="add"))

    assert page.text.count('class="map-row"') == 100
    assert "Add field" not in page.text


def test_each_mistake_stands_beside_its_field_and_on_top(world, sign_in, fields):
    sent = form_of(
        row_of("mail", "email", "text"),
        row_of("", "", "text"),
        row_of("a", "Wrong name", "text"),
        row_of("b", "b", "text", lower="y", upper="y"),
        row_of("c", "c", "choice"),
        row_of("d", "d", "date", default="soon"),
        row_of("e", "e", "text", required="y", hidden="y"),
    )

    page = sign_in(world.acme.admin).post(at(world, "edit/"), data=sent)

    assert page.status_code == 422
    assert "The draft was not saved. 6 fields need a correction." in page.text
    wrong = ("0-type", "2-to", "3-trim", "4-allowed", "5-default", "6-hidden")
    for field in wrong:
        assert f'href="#rows-{field}"' in page.text, field
        assert f'id="rows-{field}-error"' in page.text, field
    assert fields()[0] is None


def test_the_values_that_a_choice_needs_are_in_sight(world, sign_in):
    sent = form_of(row_of("mail", "email", "text"), row_of("tint", "", "choice"))

    page = sign_in(world.acme.admin).post(at(world, "edit/"), data=sent).text

    assert page.count('<details class="map-more" open>') == 1


def test_no_rows_at_all_are_no_mapping(world, sign_in):
    page = sign_in(world.acme.admin).post(at(world, "edit/"), data=form_of())

    assert page.status_code == 422
    assert "A mapping has at least one field" in page.text


@pytest.mark.parametrize(
    "sent",
    [
        form_of(row_of(), number="x"),
        form_of(row_of(), version=""),
        form_of(row_of(kind="nothing")),
    ],
)
def test_what_no_form_of_ours_sends_is_refused(world, sign_in, sent):
    assert sign_in(world.acme.admin).post(at(world, "edit/"), data=sent).status_code == 400


def test_somebody_elses_draft_is_not_overwritten_unseen(world, sign_in, drafted, fields):
    drafted(ZIP)
    client = sign_in(world.acme.admin)

    page = client.post(at(world, "edit/"), data=form_of(row_of()))

    assert page.status_code == 409
    assert "Somebody else changed this draft" in page.text
    assert "“zip”: no longer read as zip_plus" in page.text
    assert 'value="mail"' in page.text
    assert "zip" in fields()[0]

    answer = client.post(at(world, "edit/"), data=form_of(row_of(), version=1))

    assert answer.status_code == 303
    assert fields()[0].keys() == {"mail"}


def test_publishing_asks_first_and_counts_fields_and_people(world, sign_in, drafted):
    drafted(ZIP, TINT)

    page = sign_in(world.acme.admin).get(at(world, "publish"))

    assert "Publish version 1 of the fields?" in page.text
    assert "Publish 2 changes" in page.text
    assert "goes to acme-partner" in page.text


def test_publishing_hidden_fields_tells_nobody(world, sign_in, drafted):
    drafted(SECRET)

    page = sign_in(world.acme.admin).get(at(world, "publish"))

    assert "Nobody of acme-partner" in page.text


def test_publishing_at_a_source_without_partner_says_so(world, sign_in, drafted):
    drafted(ZIP, source=world.acme.free_source)

    page = sign_in(world.acme.admin).get(at(world, "publish", world.acme.free_source))

    assert "The source is with no partner" in page.text


def test_what_is_published_is_in_force_and_a_version(world, sign_in, drafted, fields):
    draft = drafted(ZIP)
    client = sign_in(world.acme.admin)

    answer = client.post(at(world, "publish"), data={"version": draft.version})

    assert answer.status_code == 303
    assert "zip" in fields()[1]
    page = client.get(at(world))
    assert "The new fields are published." in page.text
    assert "acme-admin" in page.text
    version = client.get(at(world, f"versions/{draft.public_id}"))
    assert "Compared with starter fields" in version.text
    assert "“zip”: new" in version.text


def test_a_version_is_compared_with_the_one_before(world, sign_in, drafted):
    drafted(ZIP, publish=True)
    second = drafted(ZIP, TINT, publish=True)

    page = sign_in(world.acme.admin).get(at(world, f"versions/{second.public_id}"))

    assert "Compared with version 1" in page.text
    assert "“tint”: new" in page.text
    assert "“zip”: new" not in page.text


def test_a_draft_and_another_sources_version_are_no_version_here(world, sign_in, drafted):
    draft, other = drafted(ZIP), drafted(ZIP, source=world.acme.other_source, publish=True)
    client = sign_in(world.acme.admin)

    assert client.get(at(world, f"versions/{draft.public_id}")).status_code == 404
    assert client.get(at(world, f"versions/{other.public_id}")).status_code == 404


def test_a_draft_that_changed_meanwhile_is_not_published(world, sign_in, drafted, fields):
    drafted(ZIP)

    answer = sign_in(world.acme.admin).post(at(world, "publish"), data={"version": 7})

    assert answer.status_code == 409
    assert "zip" not in fields()[1]


def test_discarding_asks_first_and_says_what_is_lost(world, sign_in, drafted, fields):
    draft = drafted(ZIP)
    client = sign_in(world.acme.admin)

    assert "“zip”: new" in client.get(at(world, "discard")).text
    answer = client.post(at(world, "discard"), data={"version": draft.version})

    assert answer.status_code == 303
    assert fields()[0] is None
    assert client.get(at(world, "discard")).status_code == 409


def test_another_sources_fields_are_found_and_copied(world, sign_in, drafted, fields):
    drafted(ZIP, source=world.acme.other_source, publish=True)
    client = sign_in(world.acme.admin)

    page = client.get(at(world, "edit/copy?find=other"))

    assert "acme-other-source" in page.text
    assert "acme-free-source" not in page.text
    answer = client.post(
        at(world, "edit/copy"),
        data={"number": 1, "version": 0, "source": world.acme.other_source.public_id},
    )
    assert answer.status_code == 303
    assert "zip" in fields()[0]


def test_copying_from_nowhere_asks_again(world, sign_in):
    client = sign_in(world.acme.admin)
    seen = {"number": 1, "version": 0}

    page = client.post(at(world, "edit/copy"), data=seen)
    both = [row.public_id for row in (world.acme.other_source, world.acme.free_source)]
    two = client.post(at(world, "edit/copy"), data=seen | {"source": both})
    searched = client.post(at(world, "edit/copy"), data=seen | {"search": "1", "find": "free"})
    foreign = client.post(
        at(world, "edit/copy"), data=seen | {"source": world.rival.source.public_id}
    )

    assert page.status_code == 422
    assert "Choose a source." in page.text
    assert two.status_code == 422
    assert "Choose one source." in two.text
    assert searched.status_code == 200
    assert "acme-other-source" not in searched.text
    assert foreign.status_code == 404


def test_a_payload_is_tried_on_the_draft(world, sign_in, drafted):
    drafted(TINT)
    payload = {"first_name": "Ann", "last_name": "Lee", "email": "ann@mail.example"}
    sent = json.dumps(payload | {"tint": "RED", "utm": {"a": [1]}})

    page = sign_in(world.acme.sales).post(at(world, "try/"), data={"payload": sent, "by": "draft"})

    assert "This would be accepted." in page.text
    assert ">red<" in page.text
    assert "Kept as it came" in page.text


def test_a_payload_is_tried_on_what_is_published_where_that_is_asked(world, sign_in, drafted):
    drafted(TINT)

    page = sign_in(world.acme.admin).post(
        at(world, "try/"), data={"payload": "first_name=Ann&tint=green", "by": "published"}
    )

    assert "This would be rejected" in page.text
    assert "Required, and not sent." in page.text
    assert "Must be one of" not in page.text


@pytest.mark.parametrize("payload", ["", "hello", '{"a":', "[1]", '{"a": "\\ud800"}'])
def test_what_is_no_payload_is_said_beside_it(world, sign_in, payload):
    page = sign_in(world.acme.admin).post(at(world, "try/"), data={"payload": payload})

    assert page.status_code == 422
    assert "Nothing could be read." in page.text


def test_the_payload_to_begin_with_passes(world, sign_in):
    page = sign_in(world.acme.admin).get(at(world, "try/"))

    assert "maria.santos@example.com" in page.text
    assert "Here you see the lead" in page.text


def test_a_replay_is_asked_for_and_shown(app, world, inside, sign_in, drafted):
    drafted(ZIP)
    with inside(world.acme):
        reject(world.acme.source, {"first_name": "Ann", "last_name": "Lee"})
        reject(world.acme.source, {"first_name": "A", "last_name": "L", "email": "a@b.example"})
        db.session.commit()
    client = sign_in(world.acme.admin)

    answer = client.post(at(world, "replay/"))

    assert answer.status_code == 303
    assert "0 of 2 calls" in client.get(at(world, "replay/")).text
    work(app, world)
    page = client.get(at(world, "replay/")).text
    assert "Would now pass" in page
    assert "Required, and not sent." in page
    assert "1 of 2 rejected calls would now pass" in client.get(at(world)).text


def test_a_replay_needs_a_draft(world, sign_in):
    client = sign_in(world.acme.admin)

    assert "There is no draft now" in client.get(at(world, "replay/")).text
    assert client.post(at(world, "replay/")).status_code == 409


def work(app, world):
    """What the worker does."""
    with app.app_context():
        enter(db.session, Scope(world.acme.tenant.id))
        (job,) = db.session.scalars(select(Job)).all()
        background.run(background.key_of(job), {mapping_replay.KIND: mapping_replay.replay_step})


def test_a_deleted_source_shows_its_fields_and_changes_nothing(world, sign_in, drafted):
    drafted(ZIP)
    client = sign_in(world.acme.admin)
    client.post(f"/admin/sources/{world.acme.source.public_id}/delete")

    page = client.get(at(world))

    assert page.status_code == 200
    assert "Edit draft" not in page.text
    for name in ("edit/", "try/", "publish"):
        assert client.get(at(world, name)).status_code == 404


def test_partner_people_read_what_is_in_force_and_nothing_more(world, sign_in, drafted):
    drafted(ZIP, SECRET, publish=True)
    drafted(ZIP, SECRET, TINT)

    page = sign_in(world.acme.partner_user).get(partners_page(world))

    assert page.status_code == 200
    assert "version 1" in page.text
    assert "zip_plus" in page.text
    assert not [word for word in ("margin", "tint", "acme-admin") if word in page.text]


def test_partner_people_read_the_starter_fields_until_then(world, sign_in):
    client = sign_in(world.acme.partner_admin)

    assert "every source begins with" in client.get(partners_page(world)).text
    other = partners_page(world, world.acme.other_source)
    assert client.get(other).status_code == 404
    source = client.get(f"/partner/sources/{world.acme.source.public_id}/")
    assert f'href="{partners_page(world)}"' in source.text


def test_a_draft_is_compared_with_what_holds_until_it_is_published(world, sign_in, drafted):
    client = sign_in(world.acme.admin)
    drafted(TINT)
    first = client.get(at(world)).text
    asked = client.get(at(world, "publish")).text
    client.post(at(world, "publish"), data={"version": 1})
    drafted(TINT, Field("roof", "roof"))
    later = client.get(at(world)).text

    assert "differs from the starter fields, which hold until fields are published:" in first
    assert "Compared with the starter fields" in asked
    assert "1 field differs from what is published:" in later


def test_a_field_that_is_only_trimmed_says_so_in_the_table():
    trimmed, bare = rows_for_staff([Field("mail", "email"), Field("note", "note", cleanups=())])

    assert (trimmed.rules, bare.rules) == ("Clean-ups: trim", "")
