"""From a recipe to data that fits a network: load, resize, hold out validation, compute mean and std."""

import dataclasses
from collections.abc import Callable, Collection, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from workbench.data import AUGMENTATIONS, CORRUPTIONS, MIXINGS, SOURCES, thing_of
from workbench.data.augmentation import Augmentation
from workbench.data.corruption import Corruption
from workbench.data.dataset import Dataset, fingerprint, mean_and_std, to_split
from workbench.data.decoding.pictures import MODES, fit_all, fit_masks, fit_points
from workbench.data.holdout import fold_out, fold_out_groups, hold_out, hold_out_groups, random_state
from workbench.data.leave_out import with_names, without
from workbench.data.made import MadeRows
from workbench.data.mixing import Mixing
from workbench.data.notes import notes_on
from workbench.data.progress import Progress, heard_by, silent
from workbench.data.relabel import check_classes, check_names, own_labels, relabelled
from workbench.data.rows import Values
from workbench.data.source import DataError, Examples, Loaded, SourceFacts
from workbench.layers.base import describe
from workbench.spec.column import PICTURE, Column, first_class, named
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe
from workbench.spec.folds import MOST_FOLDS, Fold, fold_of
from workbench.spec.record import replace
from workbench.spec.words import plural, several, size_words

Used = Callable[[tuple[Column, ...]], Collection[str]]
"""Of the columns that there are, those that training needs."""

OWN_VALIDATION = (
    "this data has a validation split of its own, so there are no folds: leave the fold empty, or tell its source to "
    "ignore that split"
)

MEASURED_BYTES = 2**27
"""The most bytes of pictures that are resized only to measure mean and deviation; of more, evenly spaced ones are."""


def prepare(
    recipe: DataRecipe,
    *,
    input_shape: tuple[int, ...],
    seed: int,
    progress: Progress = silent,
    used: Used | None = None,
    at_once: bool = True,
) -> Dataset:
    """Load the recipe's source and make it fit ``input_shape``, the shape of the network's Input.

    Pictures become grey or colour and get the Input's size (centre-cropped to its aspect ratio, then Pillow's averaging
    bilinear filter), or the size from which the recipe's corruption makes the Input's; target masks and pictures get
    the same height and width, and key points become fractions of them. If the source has no validation split, the
    recipe's share or fold of the training split is held out by ``seed``. Then labels are corrected and pictures
    excluded, so that neither moves another to another split. Unless ``at_once``, pictures that are not decoded to the
    Input's size get it only when they are accessed, mean and std are those of at most ``MEASURED_BYTES`` of them, and
    there is no fingerprint: to look at a few of many. Raises SpecError if the data is not available or does not fit,
    Cancelled from ``progress``.
    """
    facts, everything = load_fitting(
        recipe, input_shape=input_shape, seed=seed, progress=progress, used=used, at_once=at_once
    )
    kept, loaded = _marked(everything, everything.columns if facts.columns is None else facts.columns, recipe)
    train, val, test = loaded.train, loaded.val, loaded.test
    mean, std = _measured(train, recipe, facts, progress)
    columns, thing = columns_of(recipe, loaded.columns, input_shape), thing_of(recipe.source, input_shape)
    return Dataset(
        name=facts.title,
        licence=facts.licence,
        columns=columns,
        train=to_split(train),
        val=to_split(val) if val is not None else None,
        test=to_split(test) if test is not None else None,
        mean=mean,
        std=std,
        feature_columns=facts.feature_columns,
        fingerprint=fingerprint(loaded.columns, (train, val, test)) if at_once else "",
        broken=loaded.broken,
        notes=notes_on(loaded, used and used(columns), thing),
        thing=thing,
        corruption=corruption_of(recipe),
        tone=loaded.tone,
        own_labels=own_labels(kept.splits.values(), kept.columns, recipe.relabel),
    )


def _marked(everything: Loaded, columns: tuple[Column, ...], recipe: DataRecipe) -> tuple[Loaded, Loaded]:
    """Return the data without excluded pictures, before and after labels are corrected.

    Raises SpecError for labels of pictures that the data does not have, or of classes that the ``columns`` do not.
    """
    check_classes(columns, recipe.relabel)
    check_names(everything.splits.values(), everything.unusable, recipe.relabel)
    kept = without(everything, recipe.leave_out)
    return kept, relabelled(kept, recipe.relabel)


def _measured(
    train: Examples, recipe: DataRecipe, facts: SourceFacts, progress: Progress
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the mean and deviation that standardise the data; none for numbers that are taken as they are."""
    progress("Measuring mean and deviation" if facts.numbers_shape else "Measuring brightness and contrast", 0, 1)
    if facts.numbers_shape and not SOURCES[recipe.source.type].standardises:
        return (), ()
    if isinstance(train.inputs, MadeRows):
        num = min(len(train), max(MEASURED_BYTES // train.inputs[:1].nbytes, 1))
        train = train.take(np.linspace(0, len(train) - 1, num, dtype=np.int64))
    return mean_and_std(train)


def load_fitting(
    recipe: DataRecipe,
    *,
    input_shape: tuple[int, ...],
    seed: int,
    progress: Progress,
    used: Used | None = None,
    at_once: bool = True,
) -> tuple[SourceFacts, Loaded]:
    """Load everything in the source, split and at the network's size, each picture with its name; nothing is excluded
    yet. Unless ``at_once``, what has another size gets this one when it is accessed.
    """
    source = SOURCES.of(recipe.source)
    facts = heard_by(progress, source.facts)
    check_fits(recipe.source, facts, input_shape)
    check_augmentation(recipe, input_shape)
    check_split(recipe, facts)
    progress(f"Reading {facts.title}", 0, 1)
    shape = _picture_shape(recipe, input_shape)
    needed = None if used is None else used(columns_of(recipe, facts.columns or (), input_shape))
    loaded = source.load_for(needed, shape, seed, progress).for_heads(needed or ())
    loaded = split_up(loaded if facts.num_features else with_names(loaded), recipe, seed)
    if facts.numbers_shape:
        return facts, loaded
    train, val, test = (
        each and fitted(each, loaded.columns, shape, progress, at_once=at_once)
        for each in (loaded.train, loaded.val, loaded.test)
    )
    assert train is not None
    return facts, dataclasses.replace(loaded, train=train, val=val, test=test)


def columns_of(recipe: DataRecipe, columns: tuple[Column, ...], input_shape: tuple[int, ...]) -> tuple[Column, ...]:
    """Return the columns that heads may predict, with the shapes that the network has to output.

    Pictures and masks get the size of the prepared picture, and the picture itself is a column as well.
    """
    if len(input_shape) != 3:
        return columns
    shape = _picture_shape(recipe, input_shape)
    shaped = [_with_shape(column, shape) for column in columns]
    own = [] if named(columns, PICTURE) else [Column(name=PICTURE, kind="picture", shape=shape)]
    return (*shaped, *own)


def _with_shape(column: Column, shape: tuple[int, ...]) -> Column:
    if column.kind == "picture":
        channels = column.shape[:1] or shape[:1]
        return replace(column, shape=(*channels, *shape[1:]))
    return replace(column, shape=shape[1:]) if column.kind == "mask" else column


def _picture_shape(recipe: DataRecipe, input_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of the pictures, from which the recipe's corruption makes the Input's."""
    corruption = corruption_of(recipe)
    return input_shape if corruption is None else corruption.picture_shape(input_shape)


def corruption_of(recipe: DataRecipe) -> Corruption | None:
    """Return the recipe's corruption. Raises SpecError if it is unknown or has invalid settings."""
    chosen = recipe.corruption
    return CORRUPTIONS.of(chosen) if chosen is not None else None


def mixing_of(recipe: DataRecipe) -> Mixing | None:
    """Return the recipe's mixing. Raises SpecError if it is unknown or has invalid settings."""
    chosen = recipe.mixing
    return MIXINGS.of(chosen) if chosen is not None else None


def augmentations_of(recipe: DataRecipe) -> tuple[Augmentation, ...]:
    """Return the recipe's augmentations. Raises SpecError if one is unknown or has invalid settings."""
    return tuple(AUGMENTATIONS.of(chosen) for chosen in recipe.augmentation)


def check_fits(source: Component, facts: SourceFacts, input_shape: tuple[int, ...]) -> None:
    """Raise DataError if the source, of which ``facts`` are known, does not fit the network's Input, before anything is
    loaded.
    """
    wants, shape = f"the network's Input expects {describe(input_shape)}", facts.numbers_shape
    if shape is not None:
        if input_shape != shape:
            what = f"{several(thing_of(source, shape))} of {size_words(shape)}"
            raise DataError(
                f"{facts.title} gives {what}, but {wants}: "
                f"set the shape of its Input to {describe(shape)}, or choose {_others(input_shape)}"
            )
    elif len(input_shape) != 3:
        if facts.taken_for and all(taken.kind != "input" for taken in facts.taken_for):
            return  # nothing in it can be the input: loading it says why
        size = describe(facts.picture_shape) if facts.picture_shape else "channels×height×width"
        then, others = (
            ("", "series") if len(input_shape) == 2 else (" (a Flatten after it makes a vector)", "a table or points")
        )
        raise DataError(
            f"{facts.title} gives pictures, but {wants}: set the shape of its Input to {size}{then}, or choose {others}"
        )
    elif input_shape[0] not in MODES:
        raise DataError(
            f"{wants}, but pictures have 1 channel (grey) or 3 (colour): "
            f"set the shape of its Input to {describe((3, *input_shape[1:]))}"
        )


def _others(input_shape: tuple[int, ...]) -> str:
    """Return what an Input of this shape takes."""
    match input_shape:
        case (num_features,):
            return f"a table or points of {plural(num_features, 'number')}"
        case (_, _):
            return f"series of {size_words(input_shape)}"
    return "pictures"


def check_split(recipe: DataRecipe, facts: SourceFacts) -> None:
    """Raise DataError if groups are to stay together but the source has none, or if there is no such fold."""
    has_groups = bool(recipe.source.parameters.get("group")) or any(each.kind == "group" for each in facts.taken_for)
    if recipe.split == "grouped" and not has_groups:
        raise DataError(
            "this data has no groups to keep together: choose a group column in its source, or split at random"
        )
    if recipe.fold is None:
        return
    if fold_of(recipe.fold) is None:
        raise DataError(
            f"there is no fold “{recipe.fold}”: write which part of how many is for validation, such as 1/5 (of at most "
            f"{MOST_FOLDS}), or leave it empty"
        )
    if facts.num_val:
        raise DataError(OWN_VALIDATION)


def check_augmentation(recipe: DataRecipe, input_shape: tuple[int, ...]) -> None:
    """Raise SpecError for an augmentation, a mixing or a corruption that does not exist or has invalid settings, or
    that is for pictures if the Input, with which the data fits, takes points or series.
    """
    corruption_of(recipe)
    mixing_of(recipe)
    augmentations_of(recipe)
    done = [*recipe.augmentation, *filter(None, [recipe.mixing, recipe.corruption])]
    if len(input_shape) == 3:
        return
    title, things = SOURCES[recipe.source.type].title(), several(thing_of(recipe.source, input_shape))
    if done:
        raise DataError(f"{done[0].type} works on pictures, but {title} gives {things}: remove it")
    for field in ("leave_out", "relabel"):
        if getattr(recipe, field) and SOURCES[recipe.source.type].vector == "point":
            raise DataError(
                f"{field} names pictures or rows, but {title} gives {things}, which have no names: empty it"
            )


def fitted(
    examples: Examples, columns: Sequence[Column], shape: tuple[int, ...], progress: Progress, *, at_once: bool = True
) -> Examples:
    """Return pictures at the network's ``shape`` (C, H, W) with these ``columns`` made to fit, now or when they are
    accessed; others stay as they are.
    """
    channels, height, width = shape

    def fit(values: Values, make: Callable[[Values], Values]) -> Values:
        return make(values) if at_once or values.shape[-2:] == (height, width) else MadeRows(values, make)

    def fit_pictures(values: Values, channels: int) -> Values:
        size, tell = (channels, height, width), progress if at_once else silent
        return fit(values, partial(fit_all, shape=size, progress=tell))

    targets = dict(examples.targets)
    for column in columns:
        values = targets[column.name]
        if column.kind == "picture":
            targets[column.name] = fit_pictures(values, values.shape[1])
        elif column.kind == "mask":
            targets[column.name] = fit(values, partial(fit_masks, shape=(height, width)))
        elif column.kind == "keypoints":
            targets[column.name] = fit_points(np.asarray(values), examples.file_sizes(), (height, width))
    return dataclasses.replace(examples, inputs=fit_pictures(examples.inputs, channels), targets=targets)


def split_up(loaded: Loaded, recipe: DataRecipe, seed: int) -> Loaded:
    """Return the data with missing splits held out of the training split, as the recipe says.

    Raises DataError if nothing is left for the recipe's fold, or the data has a validation split of its own.
    """
    if loaded.test is None and loaded.test_share:
        train, test = _parted(loaded, _held(loaded, recipe.split, loaded.test_share, random_state(seed, "test")))
        loaded = dataclasses.replace(loaded, train=train, test=test)
    fold = fold_of(recipe.fold)
    if loaded.val is not None:
        if fold is not None:
            raise DataError(OWN_VALIDATION)
        return loaded
    if fold is None:
        held = _held(loaded, recipe.split, recipe.validation_share, random_state(seed, "validation"))
    else:
        held = _in_fold(loaded, recipe.split, fold, random_state(seed, "folds"))
    train, val = _parted(loaded, held)
    return dataclasses.replace(loaded, train=train, val=val)


def _parted(loaded: Loaded, held: NDArray[np.bool_]) -> tuple[Examples, Examples | None]:
    """Return the training examples without those held out, and these; None if there are none."""
    return loaded.train.where(~held), loaded.train.where(held) if held.any() else None


def _held(loaded: Loaded, way: str, share: float, random: np.random.RandomState) -> NDArray[np.bool_]:
    """Return which training examples to hold out, bool [N]."""
    labels, are_groups = _together(loaded, way)
    return (hold_out_groups if are_groups else hold_out)(labels, share, random)


def _in_fold(loaded: Loaded, way: str, fold: Fold, random: np.random.RandomState) -> NDArray[np.bool_]:
    """Return which training examples are in the fold, bool [N]."""
    labels, are_groups = _together(loaded, way)
    _, sizes = np.unique(labels, return_counts=True)
    number, one = (len(sizes), "group") if are_groups else (int(sizes[sizes > 1].sum()), "training example")
    if number < fold.of:
        all_count = are_groups or number == len(labels)
        few = f"{plural(number, one)} only" if all_count else f"only {plural(number, one)} that share a class"
        are = "is" if number == 1 else "are"
        raise DataError(f"there are no {fold.of} folds, since there {are} {few}: use fewer, or a share for validation")
    return (fold_out_groups if are_groups else fold_out)(labels, fold, random)


def _together(loaded: Loaded, way: str) -> tuple[NDArray[np.int64], bool]:
    """Return the group of each training example and True, if whole groups are to be drawn; else its class, of each of
    which a share is, and False. At random, all are of one class.
    """
    examples, classes = loaded.train, first_class(loaded.columns)
    if examples.groups is not None and way in ("auto", "grouped"):
        return examples.groups, True
    if classes is None or way == "random":
        return np.zeros(len(examples), np.int64), False
    return np.asarray(examples.targets[classes.name]), False
