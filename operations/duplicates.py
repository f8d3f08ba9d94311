"""Duplicates: leads with the same values in the fields of a source's rule, within its days.

A lead is compared with those that were taken before it and were no duplicates themselves, in
the whole tenant; test leads only with test leads. `email` and `phone` have an index each, and
one of them finds the few candidates that the other fields are compared with.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from models.base import first_id, key_of

INDEXED = ("email", "phone")
NOT_IN_A_NUMBER = re.compile(r"[^0-9+]")
LONGEST_PHONE = 32
#: Clocks differ by less. Partitions of what is to come need no look (models/partitions.py).
AHEAD = timedelta(days=1)

# `|| ''` keeps the second field's index out of it: an empty phone would match most of the table.
COMPARED = {"email": "(d.email || '') = :email", "phone": "(d.phone || '') = :phone"}
ORIGINAL = """
SELECT d.id FROM lead d
WHERE d.tenant_id = :tenant_id AND {first} AND d.id >= :since_id AND d.id < :until_id
  AND d.received_at >= :since AND d.is_test = :is_test AND d.state <> 'duplicate' {others}
ORDER BY d.id LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Search:
    """How to find the original of one lead: SQL, its values, and what has to be held meanwhile."""

    sql: str
    values: dict[str, Any]
    names: tuple[int, ...]


def email_key(fields: Mapping[str, Any]) -> str:
    """Write a lead's address as it is compared."""
    return key_of(str(fields.get("email", "")))


def phone_key(fields: Mapping[str, Any]) -> str:
    """Write a lead's number as it is compared: E.164, where the mapping reads it as a number."""
    return NOT_IN_A_NUMBER.sub("", str(fields.get("phone", "")))[:LONGEST_PHONE]


def search(
    tenant_id: int, rule: Sequence[str], days: int, at: datetime, fields: Mapping[str, Any]
) -> Search | None:
    """Say how to look for the original; None where nothing is to be compared."""
    keys = {"email": email_key(fields), "phone": phone_key(fields)}
    others = [name for name in rule if name not in INDEXED]
    values = {name: keys[name] for name in INDEXED if name in rule}
    texts = {f"other_{n}": _text(fields.get(name)) for n, name in enumerate(others)}
    if not days or not any([*values.values(), *texts.values()]):
        return None
    since = at - timedelta(days=days)
    named = {f"name_{n}": name for n, name in enumerate(others)}
    return Search(
        _sql(tuple(name for name in INDEXED if values.get(name)), tuple(values), len(others)),
        {**values, **texts, **named, "since": since, **_within(since, at)},
        _names(tenant_id, keys, texts),
    )


def _within(since: datetime, at: datetime) -> dict[str, uuid.UUID]:
    return {
        "since_id": first_id(since.timestamp()),
        "until_id": first_id((at + AHEAD).timestamp()),
    }


@lru_cache(64)
def _sql(sent: tuple[str, ...], compared: tuple[str, ...], others: int) -> str:
    first = sent[0] if sent else ""
    rest = [COMPARED[name] for name in compared if name != first]
    rest += [
        f"coalesce(CAST(d.fields -> CAST(:name_{n} AS text) AS text), '') = :other_{n}"
        for n in range(others)
    ]
    return ORIGINAL.format(
        first=f"d.{first} = :{first}" if first else "1 = 1",
        others="".join(f"AND {condition} " for condition in rest),
    )


def _text(value: object) -> str:
    """Write a value as `fields` holds it; empty where there is none."""
    return "" if value is None else json.dumps(value)


def _names(tenant_id: int, keys: Mapping[str, str], texts: Mapping[str, str]) -> tuple[int, ...]:
    """Name the values that two leads decided at once may share, whatever rule each goes by."""
    held = [f"{name}:{value}" for name, value in keys.items() if value] or [*texts.values()]
    return tuple(_number(f"lead:{tenant_id}:{name}") for name in held)


def _number(text: str) -> int:
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
