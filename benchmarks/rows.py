"""The rows of a tenant of any size, one table after the other, as both databases take them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from benchmarks.names import (
    ACTIVE,
    PEOPLE_EACH,
    SOURCES_EACH,
    Kind,
    at,
    fate,
    identifier,
    owner_of,
    partner_name,
    source_name,
    written,
)
from models import (
    Assignment,
    AuditEvent,
    Credential,
    Invite,
    Letter,
    Membership,
    Partner,
    Source,
    User,
    now,
)

Row = tuple[Any, ...]
FORMS = ("Auto", "Home", "Solar", "Medicare")


@dataclass(frozen=True)
class Place:
    """The tenant that is filled, its first Admin, and how many partners it gets."""

    tenant: int
    code: str
    admin: str
    partners: int

    @property
    def sources(self) -> range:
        """The numbers of the sources."""
        return range(1, self.partners * SOURCES_EACH + 1)

    @property
    def people(self) -> range:
        """The numbers of the people."""
        return range(1, self.partners * PEOPLE_EACH + 1)


@dataclass(frozen=True)
class Filling:
    """A table, the columns that are given, and its rows."""

    model: Any
    columns: str
    rows: Iterator[Row]
    count: int


def fillings(place: Place) -> Iterator[Filling]:
    """List the tables in the order in which they refer to each other."""
    partners, sources, people = place.partners, len(place.sources), len(place.people)
    yield Filling(
        Partner,
        "tenant_id id name name_key contact_name contact_email phone website status"
        " account_manager_id notes show_returned deduct_returned created_at"
        " source_count user_count admin_count version",
        _partners(place),
        partners,
    )
    yield Filling(
        Source,
        "tenant_id id name name_key vertical status partner_id notes created_at version",
        _sources(place),
        sources,
    )
    yield Filling(
        User,
        "id email email_key name search_key password_hash password_changed_at theme created_at",
        _users(place),
        people,
    )
    yield Filling(
        Membership,
        "tenant_id id user_id partner_id role joined_at",
        _memberships(place),
        people,
    )
    yield Filling(
        Letter,
        "tenant_id id partner_id kind to_email to_name facts queued_at next_try_at attempts"
        " sent_at failed_at filed_as answer",
        _letters(place),
        partners,
    )
    yield Filling(
        Invite,
        "tenant_id id partner_id email email_key role message letter_id created_at sent_by_id"
        " sent_at times_sent expires_at accepted_at",
        _invites(place),
        partners,
    )
    yield Filling(
        Assignment,
        "tenant_id id source_id partner_id began_at began_by_id credit",
        _assignments(place),
        sum(owner_of(number) is not None for number in place.sources),
    )
    yield Filling(
        Credential,
        "tenant_id id source_id name kind is_test key secret_hash created_at"
        " created_by_id last_used_from",
        _credentials(place),
        sources,
    )
    yield Filling(
        AuditEvent,
        "tenant_id id at actor_id actor_name actor_email actor_is_staff address kind object_id"
        " object_public_id object_name partner_id before after",
        _events(place),
        partners,
    )


def _partners(place: Place) -> Iterator[Row]:
    for number in range(1, place.partners + 1):
        name = partner_name(number)
        chance = fate(number)
        status = "active" if chance < ACTIVE else "paused" if chance < 95 else "archived"  # noqa: PLR2004
        manager = place.admin if number % 2 else None
        first = (number - 1) * SOURCES_EACH + 1
        owned = sum(owner_of(n) is not None for n in range(first, first + SOURCES_EACH))
        yield (
            place.tenant, identifier(Kind.PARTNER, number), name, name.lower(), "",
            f"contact{number}@mail.example", "", "", status, manager, "", 1, 0, at(number),
            owned, PEOPLE_EACH, _admins(number), 1,
        )  # fmt: skip


def _admins(partner: int) -> int:
    """Count the admins of a partner; one partner in fifty has none."""
    return 0 if partner % 50 == 0 else 1


def _sources(place: Place) -> Iterator[Row]:
    for number in place.sources:
        name, owner = source_name(number), owner_of(number)
        yield (
            place.tenant, identifier(Kind.SOURCE, number), name, name.lower(),
            FORMS[number // 7 % 4],
            ("live", "live", "test", "paused")[number // 40 % 4],
            owner and identifier(Kind.PARTNER, owner), "", at(number), 1,
        )  # fmt: skip


def _users(place: Place) -> Iterator[Row]:
    for number in place.people:
        name, email = f"Person {number}", f"person{number}@mail.example"
        yield (
            identifier(Kind.USER, number), email, email, name, f"{name.lower()} {email}",
            "no password fits this", at(number), "system", at(number),
        )  # fmt: skip


def _memberships(place: Place) -> Iterator[Row]:
    for number in place.people:
        partner = (number - 1) // PEOPLE_EACH + 1
        is_admin = number % PEOPLE_EACH and _admins(partner)
        yield (
            place.tenant, identifier(Kind.MEMBER, number), identifier(Kind.USER, number),
            identifier(Kind.PARTNER, partner), "partner_admin" if is_admin else "partner_user",
            at(number),
        )  # fmt: skip


def _letters(place: Place) -> Iterator[Row]:
    """Each invite's mail; one in two hundred could not be delivered."""
    for number in range(1, place.partners + 1):
        sent, is_lost = at(number), number % 200 == 0
        yield (
            place.tenant, identifier(Kind.LETTER, number), identifier(Kind.PARTNER, number),
            "invite", f"invitee{number}@mail.example", "", "{}", sent, sent, 1,
            None if is_lost else sent, sent if is_lost else None, "",
            "550 There is nobody of this name here" if is_lost else "",
        )  # fmt: skip


def _invites(place: Place) -> Iterator[Row]:
    """One for each partner: a third each is pending, was accepted, has expired."""
    later, before = written(now() + timedelta(days=7)), written(now() - timedelta(days=7))
    for number in range(1, place.partners + 1):
        email, sent = f"invitee{number}@mail.example", at(number)
        expires, accepted = ((later, None), (before, sent), (before, None))[number % 3]
        yield (
            place.tenant, identifier(Kind.INVITE, number), identifier(Kind.PARTNER, number), email,
            email, "partner_user", "", identifier(Kind.LETTER, number), sent, place.admin, sent,
            1, expires, accepted,
        )  # fmt: skip


def _assignments(place: Place) -> Iterator[Row]:
    for number in place.sources:
        if owner := owner_of(number):
            yield (
                place.tenant, identifier(Kind.ASSIGNMENT, number), identifier(Kind.SOURCE, number),
                identifier(Kind.PARTNER, owner), at(number), place.admin, "leave",
            )  # fmt: skip


def _credentials(place: Place) -> Iterator[Row]:
    for number in place.sources:
        owner = owner_of(number)
        issued_by = identifier(Kind.MEMBER, owner * PEOPLE_EACH - 1) if owner else place.admin
        yield (
            place.tenant, identifier(Kind.CREDENTIAL, number), identifier(Kind.SOURCE, number),
            "Landing pages", "basic", 0, f"inf_live_{place.code}_{number:012}",
            "no secret fits this", at(number), issued_by, "",
        )  # fmt: skip


def _events(place: Place) -> Iterator[Row]:
    for number in range(1, place.partners + 1):
        partner = identifier(Kind.PARTNER, number)
        kind = ("partner.created", "partner.edited", "partner.paused", "partner.edited")[number % 4]
        yield (
            place.tenant, identifier(Kind.EVENT, number), at(number), place.admin, "Bench", "", 1,
            "192.0.2.1", kind, partner, "", partner_name(number), partner, "{}", "{}",
        )  # fmt: skip
