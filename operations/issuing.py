"""Issuing: what a new credential is made of. Its secret is told once, and only a hash is kept."""

import secrets
import string
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm.attributes import set_committed_value

from models import Credential, CredentialKind, Source, Tenant, db, now
from models.base import key_of, new_id, new_secret
from operations import sessions
from operations.refusal import Invalid, Refusal
from operations.typed import line
from policy import Actor

NAME = 80
#: The name of the console's own credentials, which no list shows and nobody else may take.
CONSOLE = "Console"
LETTERS = string.ascii_letters + string.digits
RANDOM = 12


@dataclass(frozen=True)
class Choice:
    """What somebody chose about a new credential."""

    name: str
    kind: CredentialKind = CredentialKind.BASIC
    is_test: bool = False
    expires_at: datetime | None = None
    #: The identifier it will have: whoever asks twice with one gets one credential.
    id: uuid.UUID = field(default_factory=new_id)


@dataclass(frozen=True)
class Issued:
    """A new credential with its secret, for the one answer that shows it."""

    credential: Credential
    secret: str = field(repr=False)

    @property
    def token(self) -> str:
        """What a bearer shows: key and secret as one text."""
        return f"{self.credential.key}_{self.secret}"


def add(actor: Actor, source: Source, choice: Choice, replaces: Credential | None = None) -> Issued:
    """Write the row of a new credential: its key, and the hash of its secret."""
    if source.deleted_at:
        raise Refusal(f"“{source.name}” is deleted. It takes no calls, so it needs no credential.")
    secret = new_secret()
    credential = Credential(
        id=choice.id,
        tenant_id=actor.tenant_id,
        source_id=source.id,
        name=choice.name,
        kind=choice.kind,
        is_test=choice.is_test,
        key=_new_key(actor.tenant_id, is_test=choice.is_test),
        secret_hash=sessions.fingerprint(secret),
        created_by_id=actor.membership_id,
        replaces_id=replaces.id if replaces else None,
        expires_at=choice.expires_at,
    )
    # The scope asks whose the source is before the row is stored.
    set_committed_value(credential, "source", source)
    db.session.add(credential)
    db.session.flush()
    return Issued(credential, secret)


def _new_key(tenant_id: int, *, is_test: bool) -> str:
    """Recognisable where it leaks, and led to its tenant by the tenant's code."""
    code = db.session.get_one(Tenant, tenant_id).code
    random = "".join(secrets.choice(LETTERS) for _ in range(RANDOM))
    return f"inf_{'test' if is_test else 'live'}_{code}_{random}"


def checked(choice: Choice) -> Choice:
    """Trim what was typed. Raises Invalid beside the field that cannot be taken."""
    name = line("name", choice.name, NAME, needed="Give it a name: which system will use it?")
    if key_of(name) == key_of(CONSOLE):
        raise Invalid("name", "“Console” is the name of the panel's own test console.")
    if choice.expires_at and choice.expires_at <= now():
        raise Invalid("expires", "Choose a day in the future, or none.")
    return replace(choice, name=name)
