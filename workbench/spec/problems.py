"""What is wrong with an experiment, said as a value: where, what, and what would mend it."""

from collections.abc import Collection
from typing import Literal

from workbench.spec.record import Record
from workbench.spec.remedy import Remedy

LONGEST = 1000
"""Letters in a sentence; a stranger's file may name its nodes at any length."""


class Problem(Record):
    """One thing wrong with a graph or a recipe.

    ``node`` is the path of the node it is pinned to (``layer1.0.conv1``), or ``""`` for the whole.
    ``mend`` is a sentence that says what would mend it; a ``remedy`` does it, where there is one that is sure to.
    """

    node: str
    what: str
    mend: str = ""
    severity: Literal["error", "warning"] = "error"
    remedy: Remedy | None = None

    def sentence(self) -> str:
        """The problem in one line, for the command line and tooltips."""
        where = f"{self.node}: " if self.node else ""
        mend = f": {self.mend}" if self.mend else ""
        return f"{where}{self.what}{mend}"


class SpecError(ValueError):
    """A user's mistake in one clear sentence that names the place; shown as it is, without a trace."""


class ProblemsFound(SpecError):
    """The graph or recipe cannot be compiled; ``problems`` says why, pinned to nodes."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.sentence() for problem in problems))
        self.problems = problems


def one_line(sentence: str) -> str:
    """The sentence without line breaks and letters that would steer a terminal or turn the text around; cut if it is endless."""
    line = "".join(letter if letter.isprintable() else "\ufffd" for letter in " ".join(sentence.split()))
    return line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} … {line[-LONGEST // 2 :]}"


def near_names(name: str, known: Collection[str]) -> str:
    """The known names that are most like a mistaken one, or all of them, for the end of a sentence."""
    import difflib  # only a mistake needs it, and the window's first paint waits for no such thing

    return ", ".join(difflib.get_close_matches(name, known, n=3) or known)
