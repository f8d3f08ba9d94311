"""What a partner's people could do next, as far as their role can do it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import url_for

from admin_views.frame import moment, zone
from admin_views.partner.known import Known
from admin_views.words import exact, lasting, plural
from models import Flow, PartnerStatus, Source, SourceStatus
from operations import rotation_calls
from policy import GRANTS, Actor, Permission


@dataclass(frozen=True)
class Step:
    """One thing to do."""

    icon: str
    kind: str
    text: str
    why: str
    url: str
    link: str


def steps(actor: Actor, known: Known) -> list[Step]:
    """List what there is to do; what went wrong comes first. While paused nothing can be done."""
    if known.partner.status is PartnerStatus.PAUSED:
        return []
    # A preview shows what the role would read, though it cannot act, and nothing that staff do not.
    role = GRANTS[actor.role] & GRANTS[actor.own_role or actor.role]
    found = list(_about_invites(known)) if Permission.INVITES_SEND in role else []
    if Permission.SOURCES_CREDENTIALS in role:
        found += _about_keys(known)
    found += _about_sources(known)
    if Permission.USERS_EDIT in role:
        found += _about_people(known)
    if Permission.PARTNERS_EDIT_CONTACT in role:
        found += _about_contact(known)
    return found


def _about_invites(known: Known) -> Iterator[Step]:
    url = url_for("portal_invites.index_view")
    if known.failed:
        text = plural(known.failed, "invite did not arrive", "invites did not arrive")
        why = "The mail server refused the address. Check it, and invite again."
        yield Step("mail", "bad", text, why, url, "Open invites")
    if known.expired:
        text = plural(known.expired, "invite has expired", "invites have expired")
        yield Step(
            "clock",
            "warn",
            text,
            "Resend what is still wanted, and revoke the rest.",
            url,
            "Open invites",
        )


def _about_keys(known: Known) -> Iterator[Step]:
    if known.closing_id and known.closing_source_id and known.closes_at:
        when = exact(known.closes_at, zone())
        which = f"“{known.closing_name}” of {known.closing_source}"
        why = f"{_still_used(known.closing_id)}{which} closes on {when}."
        why += " Calls that still come with it are refused from then on."
        url = _of_source("credentials", known.closing_source_id)
        yield Step("key", "warn", "Finish changing a key", why, url, "Open credentials")


def _still_used(key_id: UUID) -> str:
    with_old, with_new = rotation_calls.with_both(key_id)
    calls = plural(with_old + with_new, "call")
    return f"{with_old:,} of the last {calls} still used the old key. " if with_old else ""


def _one_is_silent(identifier: UUID, name: str, since: datetime | None) -> Step:
    span = lasting(since, moment())
    why = f"No call came for {span}, in which some usually do. Check that the form still posts."
    url = _of_source("submissions", identifier)
    return Step("warning", "bad", f"{name} is silent", why, url, "Open submissions")


def _of_source(tab: str, identifier: UUID) -> str:
    source = Source(id=identifier).public_id
    return url_for(f"portal_source_{tab}.index_view", source_id=source)


def _about_sources(known: Known) -> Iterator[Step]:
    url = url_for("portal_sources.index_view")
    if not known.sources:
        why = f"{known.tenant} connects your sources. They appear here when that is done."
        yield Step("sources", "", "You have no sources yet", why, url, "Open sources")
    if known.silent == 1 and known.silent_id:
        yield _one_is_silent(known.silent_id, known.silent_name or "", known.silent_since)
    elif known.silent:
        text = plural(known.silent, "source is silent", "sources are silent")
        why = "No call came for hours in which some usually do. Check that its forms still post."
        found = url_for("portal_sources.index_view", flow=Flow.SILENT.value)
        yield Step("warning", "bad", text, why, found, "Open silent sources")
    if testing := known.sources.get(SourceStatus.TEST):
        text = plural(testing, "source is in test", "sources are in test")
        them = "it" if testing == 1 else "them"
        why = f"Send test leads, then ask {known.tenant} to set {them} live."
        yield Step("info", "", text, why, url, "Open sources")


def _about_people(known: Known) -> Iterator[Step]:
    if known.partner.admin_count == 1:
        why = "A second one can act when you are away."
        url = url_for("portal_invites.index_view")
        yield Step("users", "", "You are the only Partner Admin", why, url, "Invite a colleague")


def _about_contact(known: Known) -> Iterator[Step]:
    if not known.partner.contact_email:
        why = f"{known.tenant} has no e-mail address to reach you at."
        url = url_for("portal_account.index_view")
        yield Step("info", "", "Your contact details are missing", why, url, "Add contact details")
