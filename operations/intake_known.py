"""Entries that were found before: what they said is asked again by the statement that writes.

To read whose a call is, and to store it then, goes to the server twice. The call of a credential
that called before goes once: its lead is written if the very same would be found now, and if not,
nothing is, and the call begins anew. Nobody is let in by memory alone.
"""

from dataclasses import replace

from models.statements import Direct, Row
from operations.intake_entry import FIND, Entry, opened, read_authorization

#: What is found, with all of it in one text at the end; and whether that is found still.
SEEN = f"SELECT f.*, CAST(f AS text) FROM ({FIND}) f"  # noqa: S608 - a constant
STILL_SEEN = f"(SELECT CAST(f AS text) FROM ({FIND}) f) = :seen"  # noqa: S608 - a constant
#: So many credentials are remembered; with one more, it begins anew.
MOST = 10_000


class Known:
    """What was found last for each key, where going to the server costs more than asking it."""

    def __init__(self, direct: Direct, most: int = MOST) -> None:
        self._direct, self._most = direct, most
        self._rows: dict[str, Row] = {}

    def recall(self, authorization: str) -> Entry | None:
        """Give the entry as it was found last; its lead has to be written under STILL_SEEN."""
        presented = read_authorization(authorization)
        row = self._rows.get(presented.key) if presented else None
        entry = opened(row, presented) if row and presented else None
        # Who is refused has not used the key, so what notes a use is written by who looked.
        if row is None or entry is None or presented is None or entry.is_unseen:
            return None
        return replace(entry, as_seen={**presented.values(), "seen": row[-1]})

    def find(self, authorization: str) -> Entry | None:
        """Find whose call it is, and remember that; a key that is dead as well.

        Else its calls would go on counting as the source's, by what was true before.
        """
        presented = read_authorization(authorization)
        if presented is None:
            return None
        is_far = self._direct.joins_writes
        row = self._direct.read(SEEN if is_far else FIND, presented.values())
        if row and is_far:
            self._remember(presented.key, row)
        return opened(row, presented)

    def _remember(self, key: str, row: Row) -> None:
        if len(self._rows) >= self._most:
            self._rows.clear()
        self._rows[key] = row
