"""Highlighting of Python: keywords, strings, numbers, comments, and the name that a line defines."""

import keyword
import re

from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from workbench.gui.widgets import theme

QUOTES = '"""'
TOKENS = re.compile(
    r"(?P<comment>#.*)"
    r"|(?P<string>f?\"[^\"\n]*\"|f?'[^'\n]*')"
    rf"|(?P<keyword>\b(?:{'|'.join((*keyword.kwlist, 'self'))})\b)"
    r"|(?P<number>\b\d[\d_.]*(?:e-?\d+)?\b)"
)
DEFINED = re.compile(r"\b(?:class|def) (\w+)")
OUTSIDE, INSIDE = 0, 1
"""State at the end of a line: inside a docstring or not."""


class Highlighter(QSyntaxHighlighter):
    """Highlights one document; ``fade`` makes all of it pale."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._faded = False
        self._formats: dict[str, QTextCharFormat] = {}
        self.dress()

    def fade(self, faded: bool) -> None:
        """Set whether the code is out of date."""
        if faded != self._faded:
            self._faded = faded
            self.rehighlight()

    def dress(self) -> None:
        """Use the theme's colours."""
        tokens = theme.current()
        colours = {
            "comment": tokens.text_faint,
            "string": tokens.success,
            "keyword": tokens.accent,
            "number": tokens.warning,
            "defined": tokens.text,
            "faded": tokens.text_faint,
        }
        self._formats = {kind: QTextCharFormat() for kind in colours}
        for kind, colour in colours.items():
            self._formats[kind].setForeground(theme.colour(colour))
        self._formats["defined"].setFontWeight(QFont.Weight.DemiBold)
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        inside = self.previousBlockState() == INSIDE
        quotes = text.count(QUOTES)
        self.setCurrentBlockState(INSIDE if inside != (quotes % 2 == 1) else OUTSIDE)
        if self._faded:
            self.setFormat(0, len(text), self._formats["faded"])
        elif inside or quotes:
            self.setFormat(0, len(text), self._formats["string"])
        else:
            for match in TOKENS.finditer(text):
                self.setFormat(match.start(), len(match[0]), self._formats[str(match.lastgroup)])
            for match in DEFINED.finditer(text):
                self.setFormat(match.start(1), len(match[1]), self._formats["defined"])
