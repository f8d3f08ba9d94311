"""Whose call it is: the credential alone decides tenant, source and partner, read on every call."""

import base64
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from models.base import now, public_id
from models.statements import Direct, Row
from operations.intake_answers import Refused

#: "Last used" is written at most this often.
TOUCH_EVERY = timedelta(minutes=1)
#: The part in brackets routes to a tenant; nothing is trusted from it.
KEY = re.compile(r"inf_(?:live|test)_([0-9a-z]{1,8})_[!-~]{1,40}")
SECRET_LENGTH = 43
#: Compared with where there is no such key, so that both take the same time.
NOBODY = "0" * 64

# Read through no wall: this statement is what says whose the call is.
FIND = """
SELECT t.id, t.time_zone, c.id, c.kind, c.secret_hash, c.is_test,
       c.revoked_at IS NULL
         AND coalesce(c.expires_at > :now, 1 = 1) AND coalesce(c.closes_at > :now, 1 = 1),
       coalesce(c.last_used_at < :stale, 1 = 1),
       s.id, s.status, s.deleted_at IS NOT NULL, s.payout_cents, s.duplicate_fields,
       s.duplicate_days, s.rate_limit, s.mapping_id, p.id, p.status, p.show_returned
FROM tenant t
JOIN credential c ON c.tenant_id = t.id AND c.key = :key
JOIN source s ON s.tenant_id = t.id AND s.id = c.source_id
LEFT JOIN partner p ON p.tenant_id = t.id AND p.id = s.partner_id
WHERE t.code = :code
"""


@dataclass(frozen=True, slots=True)
class Presented:
    """A credential as it was presented: which kind, the tenant's code, the key, its secret."""

    kind: str
    code: str
    key: str
    secret: str

    def values(self) -> dict[str, Any]:
        """Give the values that FIND finds it by now."""
        at = now()
        return {"code": self.code, "key": self.key, "now": at, "stale": at - TOUCH_EVERY}


@dataclass(frozen=True, slots=True)
class Entry:
    """A live credential, with what its source and partner were when the call came."""

    tenant_id: int
    time_zone: str
    credential_id: uuid.UUID
    is_unseen: bool
    source_id: uuid.UUID
    source_status: str
    is_deleted: bool
    is_test: bool
    payout_cents: int
    duplicate_fields: tuple[str, ...]
    duplicate_days: int
    rate_limit: int
    mapping_id: uuid.UUID | None
    partner_id: uuid.UUID | None
    partner_status: str | None
    shows_returned: bool
    #: Where it is remembered: the values that tell whether it is what would be found now.
    as_seen: Mapping[str, Any] | None = None

    def check_open(self) -> None:
        """Refuse what is paused, archived or deleted."""
        if self.is_deleted:
            raise Refused("source_deleted")
        if self.partner_status in {"paused", "archived"}:
            raise Refused(f"partner_{self.partner_status}")
        if self.source_status == "paused":
            raise Refused("source_paused")

    def check_partner(self, named: str) -> None:
        """Refuse a call that names another partner than the source's."""
        if not named:
            return
        if self.partner_id is None or named != public_id("partner", self.partner_id):
            raise Refused("partner_mismatch")


def find(direct: Direct, authorization: str) -> Entry | None:
    """Find whose call it is; None for anything but a live credential with its secret."""
    presented = read_authorization(authorization)
    return opened(direct.read(FIND, presented.values()), presented) if presented else None


def opened(row: Row | None, presented: Presented) -> Entry | None:
    """Compare first, whatever was found, and in the same time for all."""
    known = row[4] if row else NOBODY
    digest = hashlib.sha256(presented.secret.encode()).hexdigest()
    is_right = hmac.compare_digest(digest, known)
    if row is None or not is_right or not row[6] or row[3] != presented.kind:
        return None
    return _entry(row)


def _entry(row: Row) -> Entry:
    return Entry(
        tenant_id=row[0],
        time_zone=row[1],
        credential_id=_uuid(row[2]),
        is_unseen=bool(row[7]),
        source_id=_uuid(row[8]),
        source_status=row[9],
        is_deleted=bool(row[10]),
        is_test=row[9] == "test" or bool(row[5]),
        payout_cents=row[11],
        duplicate_fields=tuple(_json(row[12])),
        duplicate_days=row[13],
        rate_limit=row[14],
        mapping_id=row[15] and _uuid(row[15]),
        partner_id=row[16] and _uuid(row[16]),
        partner_status=row[17],
        shows_returned=row[18] is None or bool(row[18]),
    )


def _uuid(value: uuid.UUID | str) -> uuid.UUID:
    """SQLite keeps them as text."""
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)


def _json(value: Any) -> Any:  # noqa: ANN401 - whatever was stored
    return json.loads(value) if isinstance(value, str) else value


def read_authorization(header: str) -> Presented | None:
    """Read the header: Basic with key and secret, or Bearer with both in one text."""
    scheme, _, rest = header.strip().partition(" ")
    kind = scheme.lower()
    read = {"basic": _basic, "bearer": _bearer}.get(kind)
    key, secret = (read(rest.strip()) if read else None) or ("", "")
    code = KEY.fullmatch(key)
    return Presented(kind, code[1], key, secret) if code else None


def _basic(text: str) -> tuple[str, str] | None:
    try:
        both = base64.b64decode(text, validate=True).decode()
    except ValueError:
        return None
    key, colon, secret = both.partition(":")
    return (key, secret) if colon else None


def _bearer(token: str) -> tuple[str, str] | None:
    key, secret = token[: -SECRET_LENGTH - 1], token[-SECRET_LENGTH:]
    is_token = token.isascii() and token[-SECRET_LENGTH - 1 : -SECRET_LENGTH] == "_"
    return (key, secret) if is_token else None
