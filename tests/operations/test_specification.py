"""The specification says what the source takes now, without a secret, with examples that fit."""

from datetime import timedelta

import pytest

from models import Credential, CredentialKind, FieldMapping, Source, db, now
from operations import specification
from operations.mapping_engine import reader
from operations.mapping_fields import STARTER, Field, Type, to_json
from operations.specification_examples import Call, examples
from tests.keys import SECRET, credential_of

URL = "https://leads.example.com"


def source_of(side):
    return db.session.get_one(Source, (side.tenant.id, side.source.id), populate_existing=True)


def publish(side, *fields):
    row = FieldMapping(
        tenant_id=side.tenant.id,
        source_id=side.source.id,
        number=1,
        fields=to_json(fields),
        published_at=now(),
    )
    source = source_of(side)
    row.source = source
    db.session.add(row)
    db.session.flush()
    source.mapping_id = row.id
    db.session.flush()


def test_a_new_source_has_the_fields_of_the_starter_mapping(world, inside):
    with inside(world.acme):
        spec = specification.of_source(source_of(world.acme), URL)

        assert spec.endpoint == "https://leads.example.com/api/v1/leads"
        assert tuple(spec.fields) == STARTER
        assert spec.email_name == "email"
        assert not spec.is_test


def test_the_sample_is_a_lead_that_the_mapping_takes(world, inside):
    fields = [Field(f"their_{kind}", f"own_{kind}", kind, required=True) for kind in Type]
    fields[-1] = Field("their_choice", "own_choice", Type.CHOICE, allowed=("Gold", "Silver"))
    with inside(world.acme):
        publish(world.acme, *fields)

        spec = specification.of_source(source_of(world.acme), URL)

        assert spec.sample["their_choice"] == "Gold"
        assert reader(tuple(fields)).read(spec.sample).errors == {}


def test_hidden_fields_are_left_out_everywhere(world, inside):
    with inside(world.acme):
        publish(world.acme, Field("mail", "email", Type.EMAIL), Field("x", "own_x", hidden=True))

        spec = specification.of_source(source_of(world.acme), URL)

        assert [field.name for field in spec.fields] == ["mail"]
        assert list(spec.sample) == ["mail"]
        assert spec.email_name == "mail"


def test_a_mapping_without_an_address_has_no_test_outcomes(world, inside):
    with inside(world.acme):
        publish(world.acme, Field("x", "own_x"))

        assert specification.of_source(source_of(world.acme), URL).email_name == ""


def test_keys_that_work_are_named_the_newest_first_and_no_secret(world, inside):
    with inside(world.acme):
        for name in ("first", "second"):
            credential_of(world.acme, name=name)
        credential_of(world.acme, name="dead", revoked_at=now())
        credential_of(world.acme, name="over", expires_at=now() - timedelta(hours=1))
        credential_of(world.acme, name="Console")

        spec = specification.of_source(source_of(world.acme), URL)

        assert [key.name for key in spec.keys] == ["second", "first"]
        assert spec.key == spec.keys[0].key
        assert SECRET not in "".join(example.text for example in spec.examples)


@pytest.mark.parametrize(
    ("kinds", "shown"),
    [
        ((), CredentialKind.BASIC),
        ((CredentialKind.BEARER,), CredentialKind.BEARER),
        ((CredentialKind.BASIC, CredentialKind.BEARER), CredentialKind.BASIC),
    ],
)
def test_the_examples_authenticate_as_the_sources_keys_do(world, inside, kinds, shown):
    with inside(world.acme):
        for kind in kinds:
            credential_of(world.acme, kind=kind)

        spec = specification.of_source(source_of(world.acme), URL)

        assert spec.kind is shown
        assert ("INFLOW_TOKEN" in spec.examples[0].text) is (shown is CredentialKind.BEARER)


def test_without_a_key_there_is_none_to_name():
    spec = specification.Specification(Source(), URL, list[Credential](), [])

    assert spec.key == ""
    assert [answer.status for answer in spec.answers[:2]] == [201, 201]


def test_every_language_has_an_example():
    made = examples(Call(f"{URL}/api/v1/leads", CredentialKind.BASIC, {"it's": 'a "b" & <c>'}))

    assert [example.language for example in made] == ["cURL", "Python", "PHP", "JavaScript"]
    for example in made:
        assert f"{URL}/api/v1/leads" in example.text
        assert "& <c>" in example.text
