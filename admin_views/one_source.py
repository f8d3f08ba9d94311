"""A page of one source that both panels have: each panel's own mixin says whose source it is."""

from typing import Any

from admin_views.base import Screen
from models import Source


class OneSource(Screen):
    """Mix the panel's page of a source in before it; that answers what is asked here."""

    @property
    def source(self) -> Source:
        """The source that the address names, or 404."""
        raise NotImplementedError

    def living(self) -> Source:
        """The same, unless it was deleted."""
        raise NotImplementedError

    def head(self) -> dict[str, Any]:
        """Describe the header for `macros/tabs.html`."""
        raise NotImplementedError
