"""Search: one box for everything that has a name; each panel says in what it looks, and where."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from flask import request, url_for

from admin_views.base import Screen, now_at, page
from models.search import is_by_part
from policy import Permission, may

#: Hits of each kind on the page; the list has the rest.
MOST = 10

Hit = dict[str, Any]
#: Who may look in it, what it is called, its list, and how it is searched.
Kind = tuple[Permission, str, str, Callable[[str], list[Hit]]]


class Searching(Screen):
    """What was found, grouped; an identifier leads straight to its object."""

    kinds: ClassVar[Sequence[Kind]]

    def address_of(self, text: str) -> str | None:
        """Give the address of this identifier's object, if it has one here; each panel answers."""
        raise NotImplementedError

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self) -> Any:
        """Show what was found, grouped, as far as this role may see it."""
        q = request.args.get("q", "").strip()[:200]
        if address := self.address_of(q):
            return now_at(address)
        groups = [group for group in self._groups(q) if group["hits"]] if q else []
        return self.render(
            "search.html",
            q=q,
            groups=groups,
            looked_in=[kind[1] for kind in self._kinds()],
            is_short=not is_by_part(q),
            here=self.url("index_view"),
        )

    def _kinds(self) -> list[Kind]:
        return [kind for kind in self.kinds if may(self.actor, kind[0])]

    def _groups(self, q: str) -> Iterator[dict[str, Any]]:
        for _needs, title, endpoint, look in self._kinds():
            hits = look(q)
            yield {
                "title": title,
                "hits": hits[:MOST],
                "all_url": url_for(endpoint, q=q) if len(hits) > MOST else None,
            }
