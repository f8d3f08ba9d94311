"""How templates are drawn: as Jinja draws them, without what most of a page's time went into.

Written text is escaped, and what is escaped already stands as it is, by the same rules as ever.
"""

import re
from typing import Any

from flask.templating import Environment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Expr
from markupsafe import Markup, escape

SPECIAL = re.compile("[&<>'\"]")
METHODS = frozenset(dir(dict))


class Compiler(CodeGenerator):
    """Writes what a template puts out through `Templates.written`."""

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:  # noqa: ANN401 - the base class's own
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self.write("environment.written(")
        else:
            super()._output_child_pre(node, frame, finalize)


class Templates(Environment):
    """Jinja's environment; a list page asks it for 800 pieces of text and 500 parts of objects."""

    code_generator_class = Compiler

    @staticmethod
    def written(value: Any) -> str:  # noqa: ANN401 - whatever a template puts out
        """Escape it. Jinja makes an object of each piece, only to join them to one text."""
        if type(value) is str and not SPECIAL.search(value):
            return value
        return value if type(value) is Markup else escape(value)

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401
        """Read `obj.attribute`. Of a plain dict only its methods are attributes, the rest items.

        Jinja looks for an attribute first, and the failure costs twenty times the look-up.
        """
        if type(obj) is dict and attribute not in METHODS:
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)
