"""Credentials and links of a side: a rotation under way, and a shared specification."""

from datetime import timedelta

from models import CallHour, Credential, CredentialKind, Source, SpecificationLink, db, now
from models.base import new_secret
from operations.call_counts import hour
from operations.sessions import fingerprint
from tests.world import Side

SECRET = "a secret that only the tests know"


def credential_of(side: Side, source: Source | None = None, **values: object) -> Credential:
    source = source or side.source
    name = values.pop("name", f"{side.marker}-credential")
    row = Credential(
        tenant_id=side.tenant.id,
        source_id=source.id,
        name=name,
        kind=values.pop("kind", CredentialKind.BASIC),
        key=f"inf_live_{side.tenant.code}_{new_secret()[:12].replace('_', 'x')}",
        secret_hash=fingerprint(SECRET),
        created_by_id=side.admin.id,
        **values,
    )
    db.session.add(row)
    db.session.flush()
    return row


def rotation_of(side: Side) -> Credential:
    """The old one of a rotation that has a day to go; calls came with both."""
    issued = now() - timedelta(days=2)
    old = credential_of(
        side,
        name=f"{side.marker}-old",
        created_at=now() - timedelta(days=400),
        closes_at=now() + timedelta(hours=20),
        last_used_at=now() - timedelta(minutes=2),
        last_used_from="203.0.113.24",
    )
    new = credential_of(
        side,
        name=f"{side.marker}-new",
        created_at=issued,
        replaces_id=old.id,
        last_used_at=now(),
        last_used_from="198.51.100.7",
    )
    for credential, calls in ((old, 3), (new, 14)):
        called(side, credential, calls)
    return old


def called(side: Side, credential: Credential, calls: int, hours_ago: int = 0) -> None:
    """So many calls that the worker has counted, in the hour so long ago."""
    row = CallHour(
        tenant_id=side.tenant.id,
        source_id=credential.source_id,
        partner_id=side.partner.id,
        credential_id=credential.id,
        hour=hour(now() - timedelta(hours=hours_ago)),
        calls=calls,
    )
    db.session.add(row)
    db.session.flush()


def link_of(side: Side, **values: object) -> SpecificationLink:
    row = SpecificationLink(
        tenant_id=side.tenant.id,
        source_id=side.source.id,
        created_by_id=side.admin.id,
        expires_at=values.pop("expires_at", now() + timedelta(days=7)),
        **values,
    )
    db.session.add(row)
    db.session.flush()
    return row
