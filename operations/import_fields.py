"""What columns a file may have: the fields of partners and of sources, and the guess at each."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models import ImportKind

IDENTIFIER, NAME = "identifier", "name"


@dataclass(frozen=True)
class Field:
    """A field that a column can fill. `headings` are what other systems call it."""

    name: str
    label: str
    headings: tuple[str, ...] = ()
    help: str = ""


PARTNER_FIELDS = (
    Field(
        IDENTIFIER,
        "Identifier",
        ("id", "partner id", "inflow id", "vendor id", "affiliate id", "publisher id"),
        "Inflow's own, such as partner_01jd…. Rows without one go by the name.",
    ),
    Field(
        NAME,
        "Name",
        (
            *("partner", "partner name", "company", "company name", "business", "business name"),
            *("affiliate", "affiliate name", "publisher", "publisher name", "organization"),
            *("vendor", "vendor name", "supplier", "supplier name", "account", "account name"),
        ),
        "A partner of this name is changed, any other is created.",
    ),
    Field(
        "contact_name",
        "Contact name",
        ("contact", "contact person", "primary contact", "full name", "person"),
    ),
    Field(
        "contact_email",
        "Contact e-mail",
        ("email", "e-mail", "email address", "contact email", "primary email", "mail"),
    ),
    Field("phone", "Phone", ("phone number", "telephone", "tel", "mobile", "contact phone")),
    Field("website", "Website", ("url", "web", "site", "homepage", "web site", "domain")),
    Field(
        "account_manager",
        "Account manager",
        ("manager", "owner", "account owner", "rep", "affiliate manager", "partner manager"),
        "The name or e-mail of somebody on your team.",
    ),
    Field("tags", "Tags", ("tag", "labels", "categories", "groups"), "Separated by commas."),
    Field("notes", "Internal notes", ("note", "comment", "comments", "remarks", "description")),
    Field("show_returned", "Shows returned leads", (), "Yes or no."),
    Field("deduct_returned", "Returned leads left out of the payout", (), "Yes or no."),
)
SOURCE_FIELDS = (
    Field(
        IDENTIFIER,
        "Identifier",
        ("id", "source id", "inflow id", "campaign id", "form id"),
        "Inflow's own, such as source_01jd…. Rows without one go by the name.",
    ),
    Field(
        NAME,
        "Name",
        ("source", "source name", "campaign", "campaign name", "form", "form name", "feed"),
        "A source of this name is changed, any other is created.",
    ),
    Field("vertical", "Vertical", ("product", "category", "type", "niche", "industry")),
    Field(
        "status",
        "Status",
        ("state",),
        "Test or live, for new sources. An import never changes the status of those that exist.",
    ),
    Field(
        "partner",
        "Partner",
        (
            *("partner name", "partner id", "company", "affiliate", "publisher", "vendor"),
            *("supplier", "account", "advertiser"),
        ),
        "Name or identifier. An unassigned source is assigned; none is moved.",
    ),
    Field(
        "payout",
        "Payout per lead",
        ("payout", "price", "rate", "cost per lead", "cpl", "bid", "cost"),
    ),
    Field("duplicate_days", "Duplicate days", ("days back", "dedupe days", "duplicate window")),
    Field("rate_limit", "Calls per minute", ("rate limit", "calls a minute", "throttle")),
    Field("notes", "Notes", ("note", "comment", "comments", "remarks", "description")),
)
FIELDS: Mapping[ImportKind, Sequence[Field]] = {
    ImportKind.PARTNERS: PARTNER_FIELDS,
    ImportKind.SOURCES: SOURCE_FIELDS,
}
#: How the identifiers of each begin.
PREFIXES = {ImportKind.PARTNERS: "partner_", ImportKind.SOURCES: "source_"}


def guessed(
    kind: ImportKind, headings: Sequence[str], rows: Sequence[Sequence[str]]
) -> dict[str, int]:
    """Guess which column fills which field: each column at most one, the exact label first."""
    keys = [_key(heading) for heading in headings]
    found: dict[str, int] = {}
    for wants_exact in (True, False):
        for field in FIELDS[kind]:
            if field.name in found:
                continue
            names = [field.label] if wants_exact else [field.name, *field.headings]
            places = (keys.index(key) for key in map(_key, names) if key in keys)
            place = next((place for place in places if place not in found.values()), None)
            if place is not None and _fits(kind, field, rows, place):
                found[field.name] = place
    return found


def _fits(kind: ImportKind, field: Field, rows: Sequence[Sequence[str]], place: int) -> bool:
    """Whether identifiers are ours: other systems have their own, and call them alike."""
    if field.name != IDENTIFIER:
        return True
    cells = [row[place].strip() for row in rows if len(row) > place]
    return any(cell.startswith(PREFIXES[kind]) for cell in cells)


def _key(text: str) -> str:
    """Fold a heading to what counts: "E-Mail  Address" is "emailaddress"."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).casefold())
