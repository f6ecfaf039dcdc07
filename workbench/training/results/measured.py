"""Metrics in words: the title of ``val/top1``, its value with unit, and which metric stands for a run. No torch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from workbench.spec.column import Column, named
from workbench.spec.experiment import Experiment
from workbench.spec.quantities import significant
from workbench.spec.record import Record, replace
from workbench.training import MEASURES
from workbench.training.aims import aims_at_prior, heads_of, measured_as, measures_of

TESTED = "last weights"
"""The weights whose result on the test split is reported: those at the end of training, even if the best are kept too.
"""


class Title(Record):
    """The title of a metric; ``is_share`` says that it ranges from 0 to 1 and is shown in percent, ``is_error`` that
    less is better.
    """

    words: str
    is_share: bool
    unit: str = ""
    is_error: bool = False

    def said(self, value: float, percent: str = " %", deviation: float | None = None) -> str:
        """Return a value in words: ``81.2 %``, ``24.31 dB``; with a deviation ``81.2 ± 0.4 %``."""
        scale, form, unit = (100, ".1f", percent) if self.is_share else (1, ".4g", f" {self.unit}".rstrip())
        spread = "" if deviation is None else f" ± {significant(scale * deviation, form)}"
        return f"{significant(scale * value, form)}{spread}{unit}"

    def within_sentence(self) -> str:
        """Return the title with a lower-case first letter, unless it is an abbreviation."""
        return self.words if self.words[:2].isupper() else self.words[:1].lower() + self.words[1:]


def title_of(metric: str) -> Title:
    """Return the title of a metric such as ``val/top1`` or ``test/age/cs5``. An unknown one keeps its name."""
    name = metric.rpartition("/")[2]
    stem = name.rstrip("0123456789")
    known = _titles()
    if name in known:
        return known[name]
    title = known.get(stem, Title(words=name, is_share=False))
    return replace(title, words=title.words.format(name[len(stem) :]))


def measured(metrics: Iterable[str], split: str) -> Iterator[str]:
    """Return the names of a split's measures, without the loss; the first one stands for the run."""
    return (name for name in metrics if name.startswith(f"{split}/") and not name.endswith("/loss"))


def expected(experiment: Experiment, columns: Sequence[Column]) -> str | None:
    """Return the name of the first measure that a run of this experiment will have on validation, before it has one.

    None if the data has no column for the first head.
    """
    heads = heads_of(experiment, columns)
    first = next((head for head in heads if not aims_at_prior(head, columns)), heads[0])
    column = named(columns, first.target)
    if column is None or not (chosen := measures_of(first, column)):
        return None
    name = measured_as((head.output, head.target) for head in heads)[first.output, first.target]
    own = MEASURES.of(chosen[0]).first
    return f"val/{name}/{own}" if name else f"val/{own}"


def losses_of_heads(metrics: Mapping[str, float], split: str) -> dict[str, float]:
    """Return head -> its own loss on a split, unweighted; empty for a single head, whose loss is the total."""
    found = ((name.split("/"), value) for name, value in metrics.items())
    return {head[0]: value for (of, *head, last), value in found if of == split and head and last == "loss"}


def called(metric: str) -> str:
    """Return a metric's title among those of all heads: ``MAE · age``; of a single head only ``MAE``."""
    _, *head, _ = metric.split("/")
    return " · ".join((title_of(metric).words, *head))


def headline(metrics: Mapping[str, float], split: str, percent: str = " %") -> str:
    """Return a split's first measure in words, of several heads the first of each: ``accuracy of kind 81.2 %, MAE
    of age 3.2``; empty if none was measured.
    """
    return ", ".join(map(" ".join, headlines(metrics, split, percent)))


def headlines(metrics: Mapping[str, float], split: str, percent: str = " %") -> list[tuple[str, str]]:
    """Return title (within a sentence) and value of the same measures."""
    return [(titled(name), title_of(name).said(metrics[name], percent)) for name in firsts(metrics, split)]


def firsts(metrics: Iterable[str], split: str) -> list[str]:
    """Return the names of the first measure of each head."""
    first: dict[str, str] = {}
    for name in measured(metrics, split):
        first.setdefault(name.partition("/")[2].rpartition("/")[0], name)
    return list(first.values())


def titled(metric: str) -> str:
    """Return a metric's title within a sentence: ``accuracy``, ``MAE of age``."""
    _, *head, _ = metric.split("/")
    return " of ".join((title_of(metric).within_sentence(), *head))


def briefly(metrics: Sequence[str], values: Sequence[str]) -> str:
    """Return several heads' values for a cell of a table, in the heads' order: ``F1 64.0 %, MAE 3.2``; equal titles
    are said once: ``accuracy 31.7 %, 16.7 %``.
    """
    titles = [title_of(metric).within_sentence() for metric in metrics]
    pairs = zip(titles, ["", *titles], values, strict=False)
    return ", ".join(value if title == before else f"{title} {value}" for title, before, value in pairs)


def by_head(validation: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]]) -> str:
    """Return several heads' ``headlines`` with the heads' names, a line for each split; empty for a single head."""
    found = {"validation": validation, "test": test}
    lines = (f"{split}: {', '.join(map(' '.join, each))}" for split, each in found.items() if len(each) > 1)
    return "\n".join(lines)


@cache
def _titles() -> dict[str, Title]:
    titles = {
        name: Title(words=words, is_share=measure.is_share, unit=measure.unit, is_error=measure.is_error)
        for measure in MEASURES.table.values()
        for name, words in measure.titles.items()
    }
    return titles | {"loss": Title(words="Loss", is_share=False, is_error=True)}
