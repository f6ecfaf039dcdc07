"""Facts about checked data: splits, class balance, mean and std, sizes, duplicates and leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.data.source import BrokenFile
from workbench.spec.column import Column
from workbench.spec.record import Record
from workbench.spec.words import several, thing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from workbench.data.inventory import Inventory
    from workbench.session.editing.survey import Survey
    from workbench.spec.experiment import DataRecipe

MOST_NAMED = 4
"""Most pictures that are the same of which all are named in a sentence."""

SPLIT_TITLES = {"train": "training", "val": "validation", "test": "test"}


MOST_CHANNELS = 12
"""Mean and deviation of more channels are not listed."""


class SplitFacts(Record):
    """One split without excluded pictures. ``mean`` and ``std`` are per channel: of pictures' values from 0 to 1, or of
    series of at most ``MOST_CHANNELS`` as they are.
    """

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

    ``numbers`` are those of the inventory. A ``leak`` is both in the training split and in another, and not by chance;
    ``conflict`` says that its pictures differ in class.
    """

    numbers: tuple[int, ...]
    names: tuple[str, ...]
    splits: tuple[str, ...]
    leak: bool
    classes: tuple[str, ...] = ()
    correlation: float | None = None

    @property
    def conflict(self) -> bool:
        """Whether the duplicates differ in class."""
        return len(set(self.classes)) > 1


class Correction(Record):
    """A label that the recipe corrects: the picture's name, the column, and its class before and after."""

    name: str
    column: str
    before: str
    after: str


class DataFacts(Record):
    """All facts. ``shape`` is that of an example. ``twins`` has leaks first, and of both equal pictures first, then
    pairs by decreasing correlation.

    ``near_is_searched`` is False until near-duplicates have been searched for. ``is_mostly_equal`` says that most of a
    table's training rows equal another one of these, as happens by chance where their values are few: then none leaks.
    """

    title: str
    licence: str
    columns: tuple[Column, ...]
    class_names: tuple[str, ...]
    shape: tuple[int, ...]
    splits: tuple[SplitFacts, ...]
    features: tuple[FeatureFacts, ...]
    sizes: tuple[SizeCount, ...]
    twins: tuple[Twins, ...]
    twins_are_complete: bool
    near_is_searched: bool
    is_mostly_equal: bool
    left_out: tuple[str, ...]
    relabelled: tuple[Correction, ...]
    broken: tuple[BrokenFile, ...]
    notes: tuple[str, ...]
    fingerprint: str

    @property
    def leaks(self) -> tuple[Twins, ...]:
        """The duplicates that are in the training split and in another."""
        return tuple(twins for twins in self.twins if twins.leak)

    def leak_words(self) -> str:
        """Return a few sentences on the leaks, or on equal rows that may be none; empty without any."""
        if self.is_mostly_equal:
            return "Most training rows equal another one: if their values are few, that is chance; otherwise look for copies."
        equal = [twins for twins in self.leaks if twins.correlation is None]
        near = [twins for twins in self.leaks if twins.correlation is not None]
        words, one = [], thing(self.shape)
        if equal:
            words.append(f"{_leaked(equal, one)} also in {_measuring(equal)}, so results there are too good.")
        if near:
            words.append(
                f"{_leaked(near, one)} nearly the same as one in {_measuring(near)}: check whether they are duplicates."
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
    return f"{number:,} training {f'{thing} is' if number == 1 else f'{several(thing)} are'}"


def _measuring(leaks: Sequence[Twins]) -> str:
    """Return the titles of the splits that contain the leaked pictures."""
    splits = {split for twins in leaks for split in twins.splits}
    return " and ".join(title for split, title in SPLIT_TITLES.items() if split in splits and split != "train")


def data_facts(uncorrected: Inventory, survey: Survey | None, recipe: DataRecipe) -> DataFacts:
    """Return the facts without what the recipe excludes, and with the labels that it corrects; without a survey (not
    finished, or of points that are made), those that need none.
    """
    import numpy as np

    inventory = uncorrected.relabelled(recipe.relabel)
    pictures = inventory.has_pictures
    left = frozenset(recipe.leave_out)
    kept = np.fromiter((name not in left for name in inventory.names), bool) if left else np.ones(len(inventory), bool)
    alike = np.arange(kept.sum()) if survey is None else _alike(inventory, survey, kept)
    is_mostly_equal = bool(inventory.features) and _are_mostly_equal(alike[_in_training(inventory)[kept]])
    return DataFacts(
        title=inventory.title,
        licence=inventory.licence,
        columns=inventory.columns,
        class_names=inventory.class_names,
        shape=tuple(inventory.splits["train"].inputs.shape[1:]),
        splits=tuple(_split_facts(inventory, survey, kept)),
        features=_features(inventory, kept),
        sizes=_sizes(inventory.sizes[kept]) if pictures else (),
        twins=tuple(_twins(inventory, survey, kept, alike, is_mostly_equal)) if survey is not None else (),
        twins_are_complete=survey is None or bool(survey.near_is_complete),
        near_is_searched=survey is not None and bool(survey.near_is_searched),
        is_mostly_equal=is_mostly_equal,
        left_out=tuple(str(name) for name in inventory.names[~kept]) if inventory.has_names else (),
        relabelled=tuple(_corrections(uncorrected, recipe)),
        broken=inventory.broken,
        notes=inventory.notes,
        fingerprint=inventory.fingerprint,
    )


def _corrections(inventory: Inventory, recipe: DataRecipe) -> Iterator[Correction]:
    """Yield the corrections of what a run takes: it has no label of what is excluded."""
    left = frozenset(recipe.leave_out)
    for column, own in inventory.own_labels(recipe.relabel).items():
        for name, before in own.items():
            if name not in left:
                yield Correction(name=name, column=column, before=before, after=recipe.relabel[column][name])


def _in_training(inventory: Inventory) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = inventory.split_of == list(inventory.splits).index("train")
    return found


def _features(inventory: Inventory, kept: NDArray[np.bool_]) -> tuple[FeatureFacts, ...]:
    """Return what standardises each number of the input in training."""
    from workbench.data.dataset import mean_and_std

    chosen = kept[_in_training(inventory)]
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
        mean, std = _measured(inventory, survey, split, chosen)
        facts.append(SplitFacts(split=split, count=int(chosen.sum()), class_counts=counts, mean=mean, std=std))
    return facts


def _measured(
    inventory: Inventory, survey: Survey | None, split: str, chosen: NDArray[np.bool_]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and deviation per channel of the chosen examples of a split; none for points, and of pictures that
    are not surveyed.
    """
    from workbench.data.dataset import mean_and_std

    examples = inventory.splits[split]
    if not chosen.any():
        return (), ()
    if inventory.has_series and examples.inputs.shape[2] <= MOST_CHANNELS:
        return mean_and_std(examples.where(chosen[inventory.split_of == list(inventory.splits).index(split)]))
    return _mean_and_std(inventory, survey, chosen) if survey is not None and inventory.has_pictures else ((), ())


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


def _twins(
    inventory: Inventory, survey: Survey, kept: NDArray[np.bool_], alike: NDArray[np.int64], is_mostly_equal: bool
) -> list[Twins]:
    """Return the duplicates, leaks first, equal pictures before near-duplicates."""
    found = [_named(inventory, group, None, is_mostly_equal) for group in _equal(kept, alike)]
    found += [_named(inventory, pair, correlation, is_mostly_equal) for pair, correlation in _near(survey, kept)]
    return sorted(found, key=lambda twins: (not twins.leak, -2.0 if twins.correlation is None else -twins.correlation))


def _alike(inventory: Inventory, survey: Survey, kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return int64 [N], by picture that is kept: the same number for equal ones, or for rows that are equal in what is
    predicted, too.
    """
    import numpy as np

    from workbench.data.progress import silent
    from workbench.search.duplicates import same_as

    found = survey.same_as[kept]
    for column in inventory.columns if inventory.features else ():
        values = np.concatenate([each.targets[column.name] for each in inventory.splits.values()])[kept]
        # As one number each: rows of several are sorted while the interpreter, and the window, wait.
        values = values.reshape(-1) if values.size == len(values) else same_as([values + 0.0], silent)  # no -0
        answers = np.unique(values, return_inverse=True)[1]
        found = np.unique(found * (answers.max(initial=0) + 1) + answers, return_inverse=True)[1]
    return found


def _are_mostly_equal(alike: NDArray[np.int64]) -> bool:
    """Return whether most of these numbers are there twice or more."""
    import numpy as np

    counts = np.unique(alike, return_counts=True)[1]
    return bool(2 * counts[counts > 1].sum() > len(alike))


def _equal(kept: NDArray[np.bool_], alike: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield each group of two or more that are equal."""
    import numpy as np

    order = np.argsort(alike, kind="stable")
    for group in np.split(np.flatnonzero(kept)[order], np.flatnonzero(np.diff(alike[order])) + 1):
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


def _named(inventory: Inventory, group: NDArray[np.int64], correlation: float | None, is_mostly_equal: bool) -> Twins:
    all_splits, classes = list(inventory.splits), inventory.classes
    splits = tuple(all_splits[number] for number in inventory.split_of[group])
    return Twins(
        numbers=tuple(group.tolist()),
        names=tuple(inventory.names[group].tolist()),
        splits=splits,
        classes=() if classes is None else tuple(inventory.class_names[label] for label in classes[group]),
        correlation=correlation,
        leak=not is_mostly_equal and "train" in splits and set(splits) != {"train"},
    )
