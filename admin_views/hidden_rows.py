"""What a search would find among the rows that a list hides unless a filter asks for them."""

from dataclasses import replace
from typing import Any, ClassVar

from admin_views import keyset
from admin_views.lists import ListScreen


class HidesSome(ListScreen):
    """A list that hides some of its rows, and tells a search that finds few of them."""

    #: The filter that shows what is hidden, and its value, which is also the word for it.
    hides: ClassVar[tuple[str, str]]

    def listing(self) -> dict[str, Any]:
        """Add the way to what is hidden and matches."""
        listing = super().listing()
        is_whole = not (listing["next_url"] or listing["previous_url"])
        return listing | {"hidden": self._hidden() if is_whole else None}

    def _hidden(self) -> dict[str, str] | None:
        """Count it, where somebody searched without saying of which state."""
        asked, (name, value) = self.asked(), self.hides
        if not asked.q or name in asked.chosen:
            return None
        hidden = replace(asked, chosen={**asked.chosen, name: value})
        number = keyset.count(self._narrowed(hidden)[1], self.model.id)
        if number == "0":
            return None
        word = f"{self.noun[0]} matches" if number == "1" else f"{self.noun[1]} match"
        return {"word": f"{number} {value} {word}", "url": self._linker(asked)(**{name: value})}
