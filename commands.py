"""The command line: tenants, staff, the demo, the worker."""

import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate.cli import db as database

import jobs
from demo import load
from demo.scene import Sizes
from models import EVERY, Role, Scope, Tenant, User, across_tenants, db, enter
from models.base import public_id
from models.distribution import NotDistributableError, distribute
from models.engine import reading, writing
from operations import accounts, quiet_sources, tenants, verification
from operations.refusal import Invalid, Refusal
from policy import command_line
from visitor import settings

STAFF_ROLES = {role.value.replace("_", "-"): role for role in Role if not role.is_partner_role}

tenant = AppGroup("tenant", help="Tenants: the companies whose panels these are.")
staff = AppGroup("staff", help="Staff: the people who work for a tenant.")


def install(app: Flask) -> None:
    """Hang the commands on `flask --app app …`."""
    for command in (tenant, staff, demo, worker, verify):
        app.cli.add_command(command)


@contextmanager
def plainly() -> Iterator[None]:
    """Say a refusal as one sentence, and keep nothing of what was refused."""
    try:
        yield
    except Refusal as refusal:
        db.session.rollback()
        raise click.ClickException(refusal.sentence) from refusal


@tenant.command("create")
@click.argument("name")
@click.option("--time-zone", default="UTC", show_default=True, help="For example America/Chicago.")
def create_tenant(name: str, time_zone: str) -> None:
    """Create the tenant NAME."""
    with plainly(), across_tenants(db.session):
        if existing := tenants.find(name):
            return click.echo(f"The tenant “{existing.name}” exists already. Nothing was changed.")
        made = tenants.create(name, time_zone)
        db.session.commit()
    click.echo(f"Created the tenant “{made.name}” ({made.time_zone}), code {made.code}.")
    click.echo(f'Next: flask --app app staff create EMAIL --role admin --tenant "{made.name}"')
    return None


#: Where no mail proves an address, whoever copied an invite's link may have made the account.
KNOWN = "{} has an account already. If whoever knows its password is meant, say --existing."


@staff.command("create")
@click.argument("email")
@click.option("--tenant", "place", required=True, help="The tenant's name or code.")
@click.option("--role", type=click.Choice(list(STAFF_ROLES)), default="admin", show_default=True)
@click.option("--name", default="", help="The person's name. Asked for when left out.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--existing", is_flag=True, help="The address has an account; that person is meant.")
def create_staff(email: str, place: str, role: str, name: str, **flags: bool) -> None:
    """Give EMAIL a place in a tenant's staff; a new person gets an account too."""
    with plainly():
        address, where = tenants.check_address(email), _tenant(place)
        if (user := accounts.find(address)) and not flags["existing"]:
            raise Invalid("email", KNOWN.format(user.email))
        user = user or _new_person(address, name, stdin=flags["password_stdin"])
        enter(db.session, Scope(where.id))
        user = db.session.merge(user)
        if member := tenants.staff_member(user):
            word = member.role.word
            return click.echo(f"{user.email} is {word} of {where.name} already. Nothing changed.")
        tenants.add_staff(command_line(where.id), user, STAFF_ROLES[role])
        db.session.commit()
    click.echo(f"{user.email} is {STAFF_ROLES[role].word} of {where.name} now.")
    return None


def _tenant(text: str) -> Tenant:
    found = tenants.find(text)
    if found is None:
        raise Invalid("tenant", f"There is no tenant “{text}”. Create it with: tenant create")
    return found


def _new_person(email: str, name: str, *, stdin: bool) -> User:
    name = name.strip() or _asked("Name", stdin=stdin)
    password = _password(stdin=stdin)
    return accounts.create(email, name, password, settings())


def _asked(what: str, *, stdin: bool) -> str:
    if stdin:
        raise Invalid("name", "A new person needs a name: give it with --name.")
    return str(click.prompt(what)).strip()


def _password(*, stdin: bool) -> str:
    """Ask twice on the terminal, or read one line; it is never an argument others could see."""
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


@click.command("demo")
@click.option(
    "--days",
    type=click.IntRange(1, 365),
    default=Sizes.days,
    show_default=True,
    help="How far back its leads go.",
)
@click.option("--quiet", is_flag=True, help="Do not print who can sign in.")
@with_appcontext
def demo(days: int, *, quiet: bool) -> None:
    """Fill an empty installation with a believable tenant to look around in."""
    with plainly(), across_tenants(db.session):
        if not tenants.is_empty():
            return click.echo("There is a tenant already, so the demo is not loaded.")
        with click.progressbar(load.STEPS, label="Loading the demo", show_pos=True) as steps:
            people = load.load(steps, settings(), Sizes(days=days))
        path = load.write(people, settings())
        db.session.commit()
        # What the worker would do in its time, so that the first look shows it.
        jobs.of(current_app).count()
        quiet_sources.look()
        db.session.commit()
    for person in people if not quiet else ():
        click.echo(f"  {person['email']:<30}{person['password']:<22}{person['role']}")
    click.echo(f"Kept in {path}, readable by you alone.")
    return None


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Send mails and do what is due, until told to stop."""
    jobs.of(current_app).work()


@click.command("verify")
@click.option("--repair", is_flag=True, help="Put right what differs.")
@with_appcontext
def verify(*, repair: bool) -> None:
    """Count every number of the metrics anew, and say what differs."""
    with across_tenants(db.session), reading():
        found = sum(_verified(tenant, repair=repair) for tenant in db.session.query(Tenant).all())
    if found and not repair:
        raise click.ClickException(f"{found:,} numbers differ. Put them right with --repair.")
    click.echo(f"{found:,} numbers were put right." if found else "Every number is right.")


def _verified(tenant: Tenant, *, repair: bool) -> int:
    """Compare one tenant's numbers source by source, in short transactions."""
    kept = verification.kept_from(tenant, settings().submission_days)
    sources = verification.sources_of(tenant.id)
    found = 0
    with click.progressbar(sources, label=f"Counting {tenant.name}", show_pos=True) as steps:
        for source_id in steps:
            differences = verification.of_source(tenant.id, source_id, kept)
            found += _told(tenant, differences)
            if differences and repair:
                _kept(verification.repair, tenant, differences)
            db.session.rollback()
    sums = verification.of_sums(tenant.id) + verification.of_standings(tenant.id)
    sums += verification.of_partners(tenant.id)
    if sums and repair:
        _kept(verification.repair_sums, tenant)
    return found + _told(tenant, sums)


def _kept(operation: Callable[..., object], *facts: object) -> None:
    """Do it in a transaction that writes."""
    db.session.rollback()
    with writing():
        operation(*facts)
        db.session.commit()


def _told(tenant: Tenant, differences: list[verification.Difference]) -> int:
    for found in differences:
        source, partner = _named("source", found.source_id), _named("partner", found.partner_id)
        click.echo(
            f"{tenant.name}, {source}, {partner}, {found.day}: {found.number} is"
            f" {_said(found.held)}, counted {_said(found.counted)}"
        )
    return len(differences)


def _said(value: int | str) -> str:
    return f"{value:,}" if isinstance(value, int) else value


def _named(kind: str, identifier: uuid.UUID) -> str:
    return f"all {kind}s" if identifier == EVERY else public_id(kind, identifier)


@database.command("distribute")
@with_appcontext
def distribute_tables() -> None:
    """Spread the tables over a Citus cluster by tenant, once, after the first upgrade."""
    with db.engine.begin() as connection:
        try:
            done = distribute(connection, db.metadata)
        except NotDistributableError as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"Distributed with {len(done)} statements.")
