"""What a statement is that goes straight to the driver, and what can be asked of a database so.

Written once for both databases, with `:name` where a value goes. Nothing here passes the walls
of models/tenancy.py, so every statement names its tenant itself.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = tuple[Any, ...]
Statement = tuple[str, Mapping[str, Any]]
#: Runs statements in one round trip, and gives back the first row of each.
Run = Callable[[Sequence[Statement]], list[Row | None]]


class StillHeldError(Exception):
    """Another transaction held a row for too long; nothing was written."""


class AlreadyWrittenError(Exception):
    """The rows are there, under the names that they were given; nothing was written again."""


class Direct(Protocol):
    """One database, spoken to by its driver."""

    #: The SQL of `seq` (models/sequence.py), for the tenant `:tenant_id`.
    next_seq: str
    #: Ends the choice of a row that is left alone while somebody else holds it.
    skip_locked: str

    #: Whether one statement may write several rows, each from what the one before gave back.
    joins_writes: bool

    def read(self, sql: str, values: Mapping[str, Any]) -> Row | None:
        """Read one row of what is committed."""

    def write(self, statements: Sequence[Statement]) -> list[Row | None]:
        """Run all of them or none, in one transaction; they are on disk when it returns."""

    def write_once(self, statements: Sequence[Statement]) -> list[Row | None]:
        """Write rows that are named already, and again where no answer came.

        Raises AlreadyWrittenError where it was the answer that was lost, or where they were there.
        """

    def transaction(self) -> AbstractContextManager[Run]:
        """Run statements that depend on each other; committed when the block ends well."""

    def holding(self, names: Sequence[int]) -> list[Statement]:
        """Hold these numbers until the transaction ends, each in one transaction at a time."""

    def close(self) -> None:
        """Let go of every connection."""
