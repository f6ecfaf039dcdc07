"""A problem in an experiment as a value: where it is, what is wrong, and how to fix it."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Literal

import msgspec

from workbench.spec.record import Record
from workbench.spec.remedy import Remedy
from workbench.spec.words import upper_first

LONGEST = 1000
"""The maximum length of a line; an untrusted file may have names of any length."""

LONGEST_WORD = 100
"""The maximum length of a name in a sentence: that of a valid name."""

MOST_NAMES = 100
"""The maximum number of names listed in a sentence."""

_NAME = re.compile(r"[.:_/\\\d]")
"""What only a name has: of a file, a node or a setting."""

_ENDLESS = re.compile(rf"\w{{{LONGEST_WORD + 1},}}")


class Problem(Record):
    """One thing wrong with a graph or a recipe.

    ``node`` is the path of the node concerned (``layer1.0.conv1``), or ``""`` for the whole. ``mend`` says in a
    sentence how to fix it; a ``remedy`` does so, if there is one that is sure to work.
    """

    node: str
    what: str
    mend: str = ""
    severity: Literal["error", "warning"] = "error"
    remedy: Remedy | None = None

    def __post_init__(self) -> None:
        """Shorten endless names, which an untrusted file may have."""
        for part in ("what", "mend"):
            msgspec.structs.force_setattr(self, part, with_short_words(getattr(self, part)))

    def sentence(self) -> str:
        """Return the problem in one line, for the command line and tooltips."""
        where = f"{self.node}: " if self.node else ""
        mend = f": {self.mend}" if self.mend else ""
        return f"{where}{self.what}{mend}"

    def said(self) -> str:
        """Return the sentence capitalised, unless it begins with a node's name."""
        words = self.sentence()
        return words if self.node else capitalised(words)


def capitalised(words: str) -> str:
    """Return the sentence with a capital letter, unless it begins with a name, such as ``net.json`` or ``conv1:``."""
    return words if _NAME.search(words.partition(" ")[0]) else upper_first(words)


def errors_of(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return those that prevent a network from being built or trained."""
    return tuple(problem for problem in problems if problem.severity == "error")


class SpecError(ValueError):
    """A user's mistake in one clear sentence that names the place; shown as it is, without a trace.

    A ``remedy`` fixes it, if there is one that is sure to work.
    """

    def __init__(self, sentence: str, remedy: Remedy | None = None) -> None:
        super().__init__(with_short_words(sentence))
        self.remedy = remedy


class ProblemsFound(SpecError):
    """The graph or recipe cannot be compiled; ``problems`` says why, by node. The ``remedy`` is the first of theirs."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        remedy = next((problem.remedy for problem in problems if problem.remedy is not None), None)
        super().__init__("; ".join(problem.sentence() for problem in problems), remedy)
        self.problems = problems


def with_short_words(sentence: str) -> str:
    """Return the sentence with endless names shortened in the middle: ``nnnnn…nnnnn``."""
    return _ENDLESS.sub(lambda word: f"{word[0][: LONGEST_WORD // 2]}…{word[0][-10:]}", sentence)


JOINERS = "\u200c\u200d"
"""Invisible, and part of words in some scripts and of many emoji."""


def one_line(sentence: str) -> str:
    """Return the sentence without line breaks, terminal controls or bidirectional characters; shortened if endless."""
    words = with_short_words(" ".join(sentence.split()))
    line = "".join(letter if letter.isprintable() or letter in JOINERS else "\ufffd" for letter in words)
    return line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} … {line[-LONGEST // 2 :]}"


def first_line(error: BaseException, otherwise: str = "") -> str:
    """Return the first line of an exception's message; if it has none, ``otherwise`` or the class name."""
    return next(iter(str(error).strip().splitlines()), otherwise or type(error).__name__).strip()


def near_names(name: str, known: Collection[str]) -> str:
    """Return the known names most similar to a mistaken one, whatever its capitals, or all of them, for the end of a
    sentence.

    If there are more than people read, only the first.
    """
    import difflib  # only needed for mistakes: not before the window's first paint

    lowered = {each.lower(): each for each in known}
    names = [lowered[each] for each in difflib.get_close_matches(name.lower(), lowered, n=3)] or list(known)
    left = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" … and {left:,} more" if left > 0 else "")


def named_twice(names: Iterable[str]) -> str | None:
    """Return the first name that occurs more than once; None if there is none."""
    return next((name for name, count in Counter(names).items() if count > 1), None)
