"""Groups runs that repeat one experiment, with other seeds or with the folds of a cross-validation, and gives the mean
and standard deviation of their results.
"""

from collections.abc import Sequence
from itertools import combinations
from statistics import mean, stdev
from typing import Literal, NamedTuple

from workbench.runs.store import SavedRun
from workbench.spec.folds import fold_of
from workbench.spec.record import Record
from workbench.spec.words import plural
from workbench.training.results.differing import FOLD, NETWORK, SEED, differing_runs
from workbench.training.results.measured import firsts, title_of, titled


class Result(NamedTuple):
    """A number over several repeats; ``deviation`` is the sample standard deviation, None for a single one."""

    mean: float
    deviation: float | None
    num_repeats: int


class Group(Record):
    """Runs of one experiment with several seeds or folds, or a single run. ``settings`` are the words for what differs
    between groups.

    Of several runs with the same seed and fold the newest counts: they are no independent samples.
    """

    label: str
    settings: tuple[str, ...]
    runs: tuple[SavedRun, ...]

    @property
    def num_repeats(self) -> int:
        """Number of different seeds and folds."""
        return len({repeat_of(run) for run in self.runs})

    def count(self) -> str:
        """``3 seeds``, ``5 folds``, ``3 seeds, 5 folds``; ``4 runs, 3 seeds`` if a seed occurs twice."""
        seeds, folds = (set(each) for each in zip(*map(repeat_of, self.runs), strict=True))
        counted = [plural(len(seeds), "seed")] if len(seeds) > 1 or folds == {None} else []
        counted += [plural(len(folds), "fold")] if folds != {None} else []
        several = [plural(len(self.runs), "run")] if self.num_repeats < len(self.runs) else []
        return ", ".join(several + counted)

    def name(self) -> str:
        """The run's name, or how many there are."""
        return self.runs[0].folder.name if len(self.runs) == 1 else self.count()

    def epochs(self) -> str:
        """``10 of 10``; the least of its runs."""
        return f"{min(run.num_epochs for run in self.runs)} of {self.runs[0].experiment.training.epochs}"

    def results(self) -> dict[str, Result]:
        """Each measured number, by its name (``val/top1``), over the repeats that have it."""
        names = dict.fromkeys(name for run in self.runs for name in run.metrics)
        return {name: self._result(name) for name in names}

    def headlines(self, split: Literal["val", "test"], percent: str = " %") -> list[tuple[str, str]]:
        """Title (within a sentence) and value of a split's first measure, of several heads the first of each: ``81.2
        %``; of several repeats ``81.2 ± 0.4 %``.

        A repeat without it, because its run failed, is not passed over in silence: ``81.2 ± 0.4 % (2 of 3)``.
        """
        results = self.results()
        return [(titled(name), self._said(name, results[name], percent)) for name in firsts(results, split)]

    def _said(self, name: str, found: Result, percent: str) -> str:
        of_all = f" ({found.num_repeats} of {self.num_repeats})" if found.num_repeats < self.num_repeats else ""
        return title_of(name).said(found.mean, percent, found.deviation) + of_all

    def _result(self, name: str) -> Result:
        values = {repeat_of(run): run.metrics[name] for run in self.runs if name in run.metrics}.values()
        return Result(mean(values), stdev(values) if len(values) > 1 else None, len(values))


def grouped(runs: Sequence[SavedRun]) -> tuple[tuple[str, ...], tuple[Group, ...]]:
    """The names of the settings that differ other than seed and fold, and the groups of runs, given oldest first."""
    apart = differing_runs(runs)
    if FOLD in apart:
        apart |= _numbers_of_folds(runs)
    names = tuple(name for name in apart if name not in (SEED, FOLD))
    keyed: dict[tuple[str, ...], list[SavedRun]] = {}
    for place, run in enumerate(runs):
        keyed.setdefault(tuple(apart[name][place] for name in names), []).append(run)
    groups = (
        Group(label=_label(names, settings, members[0]), settings=settings, runs=tuple(members))
        for settings, members in keyed.items()
    )
    return names, tuple(groups)


def repeat_of(run: SavedRun) -> tuple[int, str | None]:
    """Return what tells a run from others of its group: seed and fold."""
    return run.experiment.seed, run.experiment.data.fold


def _numbers_of_folds(runs: Sequence[SavedRun]) -> dict[str, tuple[str, ...]]:
    """Return into how many parts each run splits its training data, in words, if they differ in that."""
    folds = [fold_of(run.experiment.data.fold) for run in runs]
    words = tuple("none" if fold is None else f"{fold.of}" for fold in folds)
    return {"folds": words} if len(set(words)) > 1 else {}


def _label(names: Sequence[str], settings: Sequence[str], run: SavedRun) -> str:
    """What distinguishes a group from the others, in one line."""
    named = zip(names, settings, strict=True)
    words = [value if name in (NETWORK, "optimizer") else f"{name} {value}" for name, value in named]
    return " · ".join(words) or run.experiment.name


def names_of(settings: Sequence[str], groups: Sequence[Group]) -> tuple[str, ...]:
    """Return what distinguishes each group, as briefly as possible: the networks' names, if they all differ."""
    words = [
        tuple(with_its_name(name, value) for name, value in zip(settings, group.settings, strict=True))
        for group in groups
    ]
    return brief_names(words) or tuple(group.label for group in groups)


def with_its_name(setting: str, words: str) -> str:
    """Return the words of a setting; of a number, ``yes`` or ``none`` also what it is of: ``3 epochs``, ``batch size
    64``, ``augmentation none``.
    """
    if not words[:1].isdecimal() and words not in ("none", "yes", "no"):
        return words
    return f"{words} {setting}" if setting == "epochs" else f"{setting} {words}"


def brief_names(settings: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the words of the first one or two settings that distinguish all groups, else of all; ``settings`` are the
    words of each group. Empty if there is only one group or none.
    """
    num_settings = len(settings[0]) if settings else 0
    for places in (*combinations(range(num_settings), 1), *combinations(range(num_settings), 2), range(num_settings)):
        names = tuple(" · ".join(words[place] for place in places) for words in settings)
        if len(set(names)) == len(names) > 1:
            return names
    return ()
