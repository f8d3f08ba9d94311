"""The console: a credential that lives a minute, so that a person can send one test lead."""

from datetime import timedelta

from models import CredentialKind, Source, now
from operations import audit, issuing
from operations.issuing import CONSOLE, Choice, Issued
from operations.refusal import Forbidden
from policy import Actor, Permission, may

LIFETIME = timedelta(minutes=1)


def open_for_a_call(actor: Actor, source: Source) -> Issued:
    """Make the credential of one test call; no list shows it."""
    if not may(actor, Permission.SOURCES_SPEC):
        raise Forbidden("Your role does not include test leads.")
    ends = now() + LIFETIME
    choice = Choice(CONSOLE, CredentialKind.BEARER, is_test=True, expires_at=ends)
    issued = issuing.add(actor, source, choice)
    audit.record(actor, "source.tested", source)
    return issued
