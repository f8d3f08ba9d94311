"""The command line: tenants, staff, the demo."""

import json
import stat

import pytest
from sqlalchemy import select

from models import Membership, Role, Tenant, across_tenants, db
from operations import accounts
from tests.world import empty


@pytest.fixture
def run(app, world):
    """Run a command as somebody on the server would: `run("tenant create", "Acme")`."""

    def invoke(command, *arguments, typed=""):
        return app.test_cli_runner().invoke(args=[*command.split(), *arguments], input=typed)

    return invoke


def roles_of(app, email):
    with app.app_context(), across_tenants(db.session):
        user = accounts.find(email)
        return [
            (member.tenant_id, member.role)
            for member in db.session.scalars(
                select(Membership).where(Membership.user_id == user.id).order_by(Membership.id)
            )
        ]


def test_a_tenant_is_created_once(run, app):
    first = run("tenant create", "Helios", "--time-zone", "Europe/Athens")

    again = run("tenant create", "HELIOS")

    assert first.exit_code == again.exit_code == 0
    assert "Created the tenant “Helios” (Europe/Athens)" in first.output
    assert "exists already" in again.output
    with app.app_context():
        found = db.session.scalars(select(Tenant).where(Tenant.name == "Helios")).all()
    assert [tenant.time_zone for tenant in found] == ["Europe/Athens"]


def test_an_unknown_time_zone_is_said_in_one_sentence(run):
    answer = run("tenant create", "Helios", "--time-zone", "Mars/Olympus")

    assert answer.exit_code == 1
    assert "Error: Choose a time zone by its name" in answer.output


def test_a_new_person_gets_an_account_and_a_place(run, app, world):
    answer = run(
        "staff create",
        *("new@mail.example", "--name", "New One", "--role", "sales"),
        *("--tenant", "acme-tenant", "--password-stdin"),
        typed="a long enough password\n",
    )

    assert answer.exit_code == 0, answer.output
    assert roles_of(app, "NEW@mail.example") == [(world.acme.tenant.id, Role.SALES)]
    assert "password" not in answer.output


def test_the_password_is_asked_for_twice_on_the_terminal(run, app, world):
    typed = "a long enough password\na long enough password\n"

    answer = run(
        "staff create",
        *("new@mail.example", "--name", "New One", "--tenant", "acme-tenant"),
        typed=typed,
    )

    assert answer.exit_code == 0, answer.output
    assert roles_of(app, "new@mail.example") == [(world.acme.tenant.id, Role.ADMIN)]


def test_somebody_known_just_gets_the_membership(run, app, world):
    email = world.acme.sales.user.email

    known = ("staff create", email, "--existing", "--tenant", "rival-tenant")

    answer = run(*known, "--role", "data-validation")
    again = run(*known, "--role", "admin")

    assert answer.exit_code == again.exit_code == 0
    assert "Nothing changed" in again.output
    assert roles_of(app, email) == [
        (world.acme.tenant.id, Role.SALES),
        (world.rival.tenant.id, Role.DATA_VALIDATION),
    ]


def test_nobody_known_gets_a_place_unless_that_person_is_meant(run, app, world):
    email = world.rival.sales.user.email

    answer = run("staff create", email, "--tenant", "acme-tenant")

    assert answer.exit_code == 1
    assert "has an account already" in answer.output
    assert roles_of(app, email) == [(world.rival.tenant.id, Role.SALES)]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("no-address", "--tenant", "acme-tenant"), "is not an e-mail address"),
        (("a@mail.example", "--tenant", "nowhere"), "There is no tenant “nowhere”"),
        (
            ("a@mail.example", "--tenant", "acme-tenant", "--password-stdin"),
            "A new person needs a name",
        ),
        (
            ("a@mail.example", "--name", "A", "--tenant", "acme-tenant", "--password-stdin"),
            "Use 10 to 128 characters",
        ),
    ],
)
def test_a_mistake_is_said_in_one_sentence_and_keeps_nothing(run, app, arguments, sentence):
    answer = run("staff create", *arguments, typed="short\n")

    assert answer.exit_code == 1
    assert sentence in answer.output
    assert "Traceback" not in answer.output
    with app.app_context():
        assert accounts.find("a@mail.example") is None


def test_namesakes_are_told_apart_by_their_code(run, app, world):
    with app.app_context():
        db.session.add(Tenant(name="ACME-Tenant"))
        db.session.commit()

    known = ("staff create", world.rival.sales.user.email, "--existing", "--tenant")

    by_name = run(*known, "acme-tenant")
    by_code = run(*known, world.acme.tenant.code)

    assert by_name.exit_code == 1
    assert "2 tenants are called" in by_name.output
    assert by_code.exit_code == 0


def test_the_demo_leaves_an_installation_in_use_alone(run):
    answer = run("demo")

    assert answer.exit_code == 0
    assert "There is a tenant already" in answer.output


@pytest.mark.parametrize("options", [["--days", "2"], ["--days", "1", "--quiet"]])
def test_the_demo_fills_an_empty_installation(app, settings, options):
    runner = app.test_cli_runner()

    answer = runner.invoke(args=["demo", *options])

    try:
        file = settings.instance / "demo.json"
        told = json.loads(file.read_text(encoding="utf-8"))
        assert answer.exit_code == 0, answer.output
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert told["url"] == settings.public_url
        assert [person["role"] for person in told["people"]] == [role.word for role in Role]
        printed = {person["password"] in answer.output for person in told["people"]}
        assert printed == {"--quiet" not in options}
    finally:
        with app.app_context(), across_tenants(db.session):
            empty()


def test_a_database_that_cannot_be_distributed_says_so(app, run):
    answer = run("db", "distribute")

    assert answer.exit_code == 1
    assert {
        "sqlite": "Only PostgreSQL can be distributed.",
        "postgresql": "This PostgreSQL does not have the extension “citus”.",
    }[app.config["SQLALCHEMY_DATABASE_URI"].partition("+")[0].partition(":")[0]] in answer.output
