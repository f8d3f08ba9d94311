"""What a job may do to all rows of a list that match: what each such deed consists of."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policy import Actor, Permission

#: What was chosen with the deed, as JSON holds it.
Terms = Mapping[str, Any]
#: Rows that stay as they are, and why; "" where they are what was wanted already.
Left = dict[uuid.UUID, str]
ALREADY = ""


@dataclass(frozen=True)
class Deed:
    """One operation over many rows, as the job of its name does it."""

    #: What the job is called.
    title: str
    #: What it counts: one, many.
    noun: tuple[str, str]
    model: Any
    needs: Permission
    #: The operation, which holds the rules: for all rows that it is given, or for none.
    do: Callable[[Actor, Sequence[Any], Terms], object]
    #: Which rows it would refuse, known beforehand, so that one does not hold up hundreds. What
    #: this misses, operations/bulk_job.py finds by trying fewer rows.
    left: Callable[[Actor, Sequence[Any], Terms], Left]


def identifier(text: str | None) -> uuid.UUID | None:
    """Read an identifier as terms hold it."""
    return uuid.UUID(text) if text else None
