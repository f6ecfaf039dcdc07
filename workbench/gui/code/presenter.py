"""What the code panel shows: the newest code available, the selected lines, and why it is out of date. No Qt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile
from typing import TYPE_CHECKING

from workbench.gui.experiment.selected import Place, Selected

if TYPE_CHECKING:
    from workbench.export.code.lines import Span
    from workbench.session.exchange.code_writer import WrittenCode


class CodePresenter:
    """Holds the last code that could be generated."""

    def __init__(self) -> None:
        self.text = ""
        self.problem = ""
        self._spans: tuple[Span, ...] = ()

    def take(self, written: WrittenCode) -> None:
        """Take a newer answer: code, or the reason why there is none, in which case the old code stays."""
        self.problem = written.problem
        if not written.problem:
            self.text, self._spans = written.text, written.spans

    @property
    def stale(self) -> bool:
        """Whether the code is of an earlier network."""
        return bool(self.problem)

    @property
    def caption(self) -> str:
        """A short description of the code."""
        return f"{len(self.text.splitlines())} lines" if self.text else ""

    @property
    def sentence(self) -> str:
        """Why the current network has no code; empty if it has."""
        if not self.problem:
            return ""
        return f"This is the network as it was before the problem. {self.problem}" if self.text else self.problem

    @property
    def file_name(self) -> str:
        """A file name that can be imported: that of the network's class in lower case."""
        names = re.findall(r"^class (\w+)", self.text, re.MULTILINE)
        return f"{names[-1].lower()}.py"

    def lines_of(self, selected: Selected) -> tuple[range, ...]:
        """Return the lines of the selected nodes, counted from 0."""
        chosen = (span for span in self._spans if span.block == selected.scope and span.node in selected.names)
        return tuple(range(span.first - 1, span.last) for span in chosen)

    def place_at(self, line: int) -> Place | None:
        """Return the node that a line (from 0) belongs to."""
        spans = (span for span in self._spans if span.first - 1 <= line < span.last)
        return next((Place(block=span.block, way=span.way, node=span.node) for span in spans), None)


def ends_in_common(old: str, new: str) -> tuple[int, int]:
    """Return the lengths of the common prefix and, beyond it, of the common suffix."""
    begin = _num_same(zip(old, new, strict=False))
    return begin, _num_same(zip(reversed(old[begin:]), reversed(new[begin:]), strict=False))


def _num_same(pairs: Iterable[tuple[str, str]]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
