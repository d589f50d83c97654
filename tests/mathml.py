"""Equations of the site as MathML, which a browser draws without a script: an extension of Markdown that mkdocs.yml names.

It reads `$$ ... $$` and `$ ... $` of pages, and `.. math::` and `:math:` of docstrings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from latex2mathml.converter import convert
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor

if TYPE_CHECKING:
    from re import Match

    from markdown import Markdown

_DISPLAYED = re.compile(
    r"^\$\$(?P<page>(?:.|\n)+?)\$\$$|^(?P<indent>[ ]*)\.\. math:: *(?P<docstring>.*(?:\n(?:(?P=indent) +.*|[ ]*$))*)",
    re.MULTILINE,
)


class Displayed(Preprocessor):
    """Equations on lines of their own."""

    def run(self, lines: list[str]) -> list[str]:
        """Put each where Markdown does not read it again."""
        return _DISPLAYED.sub(self._drawn, "\n".join(lines)).split("\n")

    def _drawn(self, found: Match[str]) -> str:
        drawn = convert(" ".join((found["page"] or found["docstring"]).split()), display="block")
        return f"\n\n{self.md.htmlStash.store(drawn)}\n\n"


class Inline(InlineProcessor):
    """Equations within a sentence."""

    def handleMatch(self, found: Match[str], data: str) -> Any:
        """Draw one."""
        return self.md.htmlStash.store(convert(found[1])), found.start(0), found.end(0)


class Equations(Extension):
    """Both."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Docstrings mark equations by backticks, which are read at 190; a dollar within code is none."""
        md.preprocessors.register(Displayed(md), "displayed equations", 20)
        md.inlinePatterns.register(Inline(r":math:`([^`]+)`", md), "equations of docstrings", 195)
        md.inlinePatterns.register(
            Inline(r"(?<![\w$])\$(?=\S)([^$\n]*[^\s$])\$(?![\w$])", md), "equations of pages", 185
        )


def makeExtension(**options: Any) -> Equations:
    """What Markdown asks for."""
    return Equations(**options)
