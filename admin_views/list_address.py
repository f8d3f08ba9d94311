"""A list's address: what it asks, checked, and the links that ask for something else."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from flask import abort, request

from admin_views.list_parts import Filter

SIZES = (20, 50, 100)
#: Offered once: whoever kept such an address is shown the most there is.
OFFERED_ONCE = {"200": SIZES[-1]}
LONGEST_SEARCH = 200


@dataclass
class Query:
    """What the address asks of a list, checked."""

    q: str = ""
    chosen: dict[str, str] = field(default_factory=dict)
    sort: str = ""
    size: int = SIZES[0]
    after: str = ""
    before: str = ""
    last: bool = False

    @property
    def kept(self) -> dict[str, str]:
        """What every link of the list carries on: all but the place in the list."""
        values = {"q": self.q, **self.chosen, "sort": self.sort}
        values["size"] = "" if self.size == SIZES[0] else str(self.size)
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True)
class Linker:
    """Writes the list's links: what the address asks now, changed in one respect."""

    bare: str
    bare_export: str
    kept: dict[str, str]

    def __call__(self, **changes: str | None) -> str:
        return _with(self.bare, {**self.kept, **changes})

    @property
    def export(self) -> str:
        """Lead to the export of what the list is narrowed to."""
        return _with(self.bare_export, self.kept)


def _with(address: str, values: Mapping[str, str | None]) -> str:
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{address}?{query}" if query else address


def read(filters: Iterable[Filter], sorts: Collection[str], default_sort: str) -> Query:
    """Read the address of this request. Aborts with 400 for what no link of the list says."""
    args = request.args
    asked = Query(
        q=args.get("q", "").strip()[:LONGEST_SEARCH],
        chosen=_chosen(filters),
        sort=args.get("sort") or default_sort,
        size=_size(args.get("size", "")),
        after=args.get("after", ""),
        before=args.get("before", ""),
        last="last" in args,
    )
    if asked.sort and asked.sort.removeprefix("-") not in sorts:
        abort(400, "This list cannot be sorted that way.")
    if sum((bool(asked.after), bool(asked.before), asked.last)) > 1:
        abort(400, "A page is after one row, before one row, or the last.")
    return asked


def _chosen(filters: Iterable[Filter]) -> dict[str, str]:
    chosen = {}
    for a_filter in filters:
        if value := request.args.get(a_filter.name, "").strip():
            if not a_filter.is_free and value not in dict(a_filter.offered()):
                abort(400, f"“{a_filter.label}” has no such choice.")
            chosen[a_filter.name] = value
    return chosen


def _size(text: str) -> int:
    if text in OFFERED_ONCE:
        return OFFERED_ONCE[text]
    if text and text not in {str(size) for size in SIZES}:
        abort(400, "That many rows on a page are not offered.")
    return int(text or SIZES[0])
