"""A problem in an experiment as a value: where it is, what is wrong, and how to fix it."""

import re
from collections.abc import Collection
from typing import Literal

import msgspec

from workbench.spec.record import Record
from workbench.spec.remedy import Remedy

LONGEST = 1000
"""Letters in a sentence; a stranger's file may name its nodes at any length."""

LONGEST_WORD = 100
"""Letters of a name in a sentence: as many as a name may have."""

_ENDLESS = re.compile(rf"\w{{{LONGEST_WORD + 1},}}")


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

    def __post_init__(self) -> None:
        """What it says is read by people, whatever a stranger's file has for names."""
        for part in ("what", "mend"):
            msgspec.structs.force_setattr(self, part, with_short_words(getattr(self, part)))

    def sentence(self) -> str:
        """The problem in one line, for the command line and tooltips."""
        where = f"{self.node}: " if self.node else ""
        mend = f": {self.mend}" if self.mend else ""
        return f"{where}{self.what}{mend}"

    def said(self) -> str:
        """Return the sentence capitalised, unless it begins with a node's name."""
        words = self.sentence()
        return words if self.node else words[:1].upper() + words[1:]


class SpecError(ValueError):
    """A user's mistake in one clear sentence that names the place; shown as it is, without a trace.

    A ``remedy`` mends it, where there is one that is sure to.
    """

    def __init__(self, sentence: str, remedy: Remedy | None = None) -> None:
        super().__init__(with_short_words(sentence))
        self.remedy = remedy


class ProblemsFound(SpecError):
    """The graph or recipe cannot be compiled; ``problems`` says why, pinned to nodes."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.sentence() for problem in problems))
        self.problems = problems


def with_short_words(sentence: str) -> str:
    """The sentence with names that are endless cut in the middle: ``nnnnn…nnnnn``."""
    return _ENDLESS.sub(lambda word: f"{word[0][: LONGEST_WORD // 2]}…{word[0][-10:]}", sentence)


def one_line(sentence: str) -> str:
    """The sentence without line breaks and letters that would steer a terminal or turn the text around; cut if it is endless."""
    words = with_short_words(" ".join(sentence.split()))
    line = "".join(letter if letter.isprintable() else "\ufffd" for letter in words)
    return line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} … {line[-LONGEST // 2 :]}"


def first_line(error: BaseException, otherwise: str = "") -> str:
    """What somebody else's exception says, in one line; where it says nothing, its class unless told ``otherwise``."""
    return next(iter(str(error).strip().splitlines()), otherwise or type(error).__name__).strip()


def near_names(name: str, known: Collection[str]) -> str:
    """The known names that are most like a mistaken one, or all of them, for the end of a sentence."""
    import difflib  # only a mistake needs it, and the window's first paint waits for no such thing

    return ", ".join(difflib.get_close_matches(name, known, n=3) or known)
