"""Facts about checked data: splits, class balance, mean and std, sizes, duplicates and leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.data.source import BrokenFile
from workbench.spec.column import Column
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from workbench.data.inventory import Inventory
    from workbench.session.survey import Survey

MOST_NAMED = 4
"""Most pictures that are the same of which all are named in a sentence."""

SPLIT_TITLES = {"train": "training", "val": "validation", "test": "test"}


class SplitFacts(Record):
    """One split without excluded pictures. ``mean`` and ``std`` are per channel, of values from 0 to 1."""

    split: str
    count: int
    class_counts: tuple[int, ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()


class FeatureFacts(Record):
    """A number of a table's rows: its name, and its mean and deviation in training, by which it is standardised."""

    name: str
    mean: float
    std: float


class SizeCount(Record):
    """The number of pictures of a size, in pixels, as stored in their files."""

    width: int
    height: int
    count: int


class Twins(Record):
    """Duplicates: equal pictures (``correlation`` None), or a near-duplicate pair.

    ``numbers`` are those of the inventory. A ``leak`` is both in the training split and in another; ``conflict`` says
    that its pictures differ in class.
    """

    numbers: tuple[int, ...]
    names: tuple[str, ...]
    splits: tuple[str, ...]
    classes: tuple[str, ...] = ()
    correlation: float | None = None

    @property
    def leak(self) -> bool:
        """Whether a picture of the training split is also in another split."""
        return "train" in self.splits and set(self.splits) != {"train"}

    @property
    def conflict(self) -> bool:
        """Whether the duplicates differ in class."""
        return len(set(self.classes)) > 1


class DataFacts(Record):
    """All facts. ``twins`` has leaks first, and of both equal pictures first, then pairs by decreasing correlation.

    ``near_is_searched`` is False until near-duplicates have been searched for.
    """

    title: str
    licence: str
    columns: tuple[Column, ...]
    class_names: tuple[str, ...]
    splits: tuple[SplitFacts, ...]
    features: tuple[FeatureFacts, ...]
    sizes: tuple[SizeCount, ...]
    twins: tuple[Twins, ...]
    twins_are_complete: bool
    near_is_searched: bool
    left_out: tuple[str, ...]
    broken: tuple[BrokenFile, ...]
    notes: tuple[str, ...]
    fingerprint: str

    @property
    def leaks(self) -> tuple[Twins, ...]:
        """The duplicates that are in the training split and in another; none where rows may be equal by chance."""
        return () if self.is_mostly_equal else tuple(twins for twins in self.twins if twins.leak)

    @property
    def is_mostly_equal(self) -> bool:
        """Whether most rows of a table equal another, as happens by chance where their values are few."""
        num_equal = sum(len(twins.numbers) for twins in self.twins if twins.correlation is None)
        return bool(self.features) and 2 * num_equal > sum(each.count for each in self.splits)

    def leak_words(self) -> str:
        """Return a few sentences on the leaks, or on equal rows that may be none; empty without any."""
        if self.is_mostly_equal:
            return "Most rows equal another one: if their values are few, that is chance; otherwise look for copies."
        equal = [twins for twins in self.leaks if twins.correlation is None]
        near = [twins for twins in self.leaks if twins.correlation is not None]
        words, thing = [], "row" if self.features else "picture"
        if equal:
            words.append(f"{_leaked(equal, thing)} also in {_measuring(equal)}, so results there are too good.")
        if near:
            words.append(
                f"{_leaked(near, thing)} nearly the same as one in {_measuring(near)}: check whether they are duplicates."
            )
        if self.leaks:
            words.append(f"{'The first' if len(self.leaks) > 1 else 'It is'}: {_where(self.leaks[0])}.")
        return " ".join(words)


def _where(twins: Twins) -> str:
    """Name each picture and its split: one that was drawn for validation is named after the file of training. Of many,
    the first of each split is named.
    """
    num, firsts = len(twins.names), [twins.splits.index(split) for split in dict.fromkeys(twins.splits)]
    places = range(num) if num <= MOST_NAMED else firsts
    named = [f"{twins.names[place]} ({SPLIT_TITLES[twins.splits[place]]})" for place in places]
    return " and ".join(named if len(named) == num else [*named, f"{num - len(named):,} more"])


def _leaked(leaks: Sequence[Twins], thing: str) -> str:
    number = len(
        {name for twins in leaks for name, split in zip(twins.names, twins.splits, strict=True) if split == "train"}
    )
    return f"{number:,} training {f'{thing} is' if number == 1 else f'{thing}s are'}"


def _measuring(leaks: Sequence[Twins]) -> str:
    """Return the titles of the splits that contain the leaked pictures."""
    splits = {split for twins in leaks for split in twins.splits}
    return " and ".join(title for split, title in SPLIT_TITLES.items() if split in splits and split != "train")


def data_facts(inventory: Inventory, survey: Survey | None, leave_out: tuple[str, ...]) -> DataFacts:
    """Return the facts without what is excluded; without a survey (not finished, or of points that are
    made), those that need none.
    """
    import numpy as np

    pictures = inventory.has_pictures
    left = frozenset(leave_out)
    kept = np.fromiter((name not in left for name in inventory.names), bool) if left else np.ones(len(inventory), bool)
    return DataFacts(
        title=inventory.title,
        licence=inventory.licence,
        columns=inventory.columns,
        class_names=inventory.class_names,
        splits=tuple(_split_facts(inventory, survey, kept)),
        features=_features(inventory, kept),
        sizes=_sizes(inventory.sizes[kept]) if pictures else (),
        twins=tuple(_twins(inventory, survey, kept)) if survey is not None else (),
        twins_are_complete=survey is None or bool(survey.near_is_complete),
        near_is_searched=survey is not None and bool(survey.near_is_searched),
        left_out=tuple(str(name) for name in inventory.names[~kept]) if inventory.has_names else (),
        broken=inventory.broken,
        notes=inventory.notes,
        fingerprint=inventory.fingerprint,
    )


def _features(inventory: Inventory, kept: NDArray[np.bool_]) -> tuple[FeatureFacts, ...]:
    """Return what standardises each number of the input in training."""
    from workbench.data.dataset import mean_and_std

    chosen = kept[inventory.split_of == list(inventory.splits).index("train")]
    if not inventory.features or not chosen.any():
        return ()
    found = zip(inventory.features, *mean_and_std(inventory.splits["train"].where(chosen)), strict=True)
    return tuple(FeatureFacts(name=name, mean=mean, std=std) for name, mean, std in found)


def _split_facts(inventory: Inventory, survey: Survey | None, kept: NDArray[np.bool_]) -> list[SplitFacts]:
    import numpy as np

    facts = []
    for number, split in enumerate(inventory.splits):
        chosen = kept & (inventory.split_of == number)
        counts: tuple[int, ...] = ()
        if inventory.classes is not None:
            counts = tuple(np.bincount(inventory.classes[chosen], minlength=len(inventory.class_names)).tolist())
        is_measured = inventory.has_pictures and survey is not None and chosen.any()
        mean, std = _mean_and_std(inventory, survey, chosen) if survey is not None and is_measured else ((), ())
        facts.append(SplitFacts(split=split, count=int(chosen.sum()), class_counts=counts, mean=mean, std=std))
    return facts


def _mean_and_std(
    inventory: Inventory, survey: Survey, chosen: NDArray[np.bool_]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Compute them from integer sums, so that nothing cancels."""
    height, width = inventory.splits["train"].inputs.shape[2:]
    num_values = int(chosen.sum()) * height * width
    sums, squares = (values[chosen].sum(axis=0).tolist() for values in (survey.sums, survey.squares))
    means = tuple(total / num_values / 255 for total in sums)
    variances = [
        (num_values * square - total * total) / num_values**2 for total, square in zip(sums, squares, strict=True)
    ]
    return means, tuple(variance**0.5 / 255 for variance in variances)


def _sizes(sizes: NDArray[np.int64]) -> tuple[SizeCount, ...]:
    """Return the sizes, the most frequent first."""
    import numpy as np

    # As one number each, whose order is the same: rows of two are sorted while the interpreter, and the window, wait.
    found, counts = np.unique(sizes[:, 0] << 32 | sizes[:, 1], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return tuple(
        SizeCount(width=int(found[place] >> 32), height=int(found[place] & 0xFFFFFFFF), count=int(counts[place]))
        for place in order
    )


def _twins(inventory: Inventory, survey: Survey, kept: NDArray[np.bool_]) -> list[Twins]:
    """Return the duplicates, leaks first, equal pictures before near-duplicates."""
    found = [_named(inventory, group, None) for group in _equal(inventory, survey, kept)]
    found += [_named(inventory, pair, correlation) for pair, correlation in _near(survey, kept)]
    return sorted(found, key=lambda twins: (not twins.leak, -2.0 if twins.correlation is None else -twins.correlation))


def _equal(inventory: Inventory, survey: Survey, kept: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    """Yield each group of two or more equal pictures, or rows that are equal in what is predicted, too."""
    import numpy as np

    numbers = np.flatnonzero(kept)
    firsts = survey.same_as[numbers]
    for column in inventory.columns if inventory.features else ():
        values = np.concatenate([each.targets[column.name] for each in inventory.splits.values()])[numbers]
        answers = np.unique(values, axis=0, return_inverse=True)[1].reshape(-1)
        firsts = np.unique(np.stack([firsts, answers], 1), axis=0, return_inverse=True)[1].reshape(-1)
    order = np.argsort(firsts, kind="stable")
    for group in np.split(numbers[order], np.flatnonzero(np.diff(firsts[order])) + 1):
        if len(group) > 1:
            yield group


def _near(survey: Survey, kept: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.int64], float]]:
    """Yield near-duplicate pairs; among equal pictures, the first that is kept represents all of them."""
    import numpy as np

    standing = np.full(len(kept), -1)
    backwards = np.flatnonzero(kept)[::-1]
    standing[survey.same_as[backwards]] = backwards
    for pair, correlation in zip(standing[survey.near], survey.correlations.tolist(), strict=True):
        if (pair >= 0).all():
            yield pair, correlation


def _named(inventory: Inventory, group: NDArray[np.int64], correlation: float | None) -> Twins:
    splits, classes = list(inventory.splits), inventory.classes
    return Twins(
        numbers=tuple(group.tolist()),
        names=tuple(inventory.names[group].tolist()),
        splits=tuple(splits[number] for number in inventory.split_of[group]),
        classes=() if classes is None else tuple(inventory.class_names[label] for label in classes[group]),
        correlation=correlation,
    )
