"""A page of one source that both panels have: each panel's own mixin says whose source it is."""

from typing import Any

from admin_views.base import Panel, Screen
from models import Source
from visitor import tenant_name


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

    @property
    def elsewhere(self) -> str:
        """Whom to name where somebody did it whom the reader may not see, or nobody signed in."""
        return "Command line" if self.panel is Panel.STAFF else tenant_name()
