"""From a recipe to data that fits a network: load, bring to its input's size, hold out validation, measure."""

from dataclasses import replace

from workbench.data import AUGMENTATIONS, SOURCES
from workbench.data.dataset import Dataset, fingerprint, mean_and_std, to_split
from workbench.data.holdout import hold_out, random_state
from workbench.data.pictures import MODES, fit_all
from workbench.data.progress import Progress, silent
from workbench.data.source import DataError, DataSource, Examples, Loaded, SourceFacts
from workbench.layers.base import describe
from workbench.spec.experiment import DataRecipe


def prepare(recipe: DataRecipe, *, input_shape: tuple[int, ...], seed: int, progress: Progress = silent) -> Dataset:
    """Load the recipe's source and make it fit ``input_shape``, the shape of the network's Input.

    Pictures become grey or colour and get the Input's size (the middle is cut to its proportions, then Pillow's
    averaging bilinear filter). Where the source has no validation split, the recipe's share of the training split
    is held out by ``seed``. Raises SpecError where the data cannot be had or does not fit, Cancelled from ``progress``.
    """
    source = SOURCES.make(recipe.source.type, recipe.source.parameters)
    facts = source.facts()
    check_fits(source, facts, input_shape)
    check_augmentation(recipe, source)
    progress(f"Reading {facts.title}", 0, 1)
    loaded = _hold_out_validation(source.load(input_shape, seed, progress), recipe.validation_share, seed)
    splits = [loaded.train, loaded.val, loaded.test]
    if source.kind == "pictures":
        assert len(input_shape) == 3
        splits = [_fitted(examples, input_shape, progress) for examples in splits]
    train, val, test = splits
    assert train is not None
    progress("Measuring brightness and contrast", 0, 1)
    mean, std = mean_and_std(train) if source.kind == "pictures" else ((), ())
    return Dataset(
        name=facts.title,
        licence=facts.licence,
        class_names=loaded.class_names,
        train=to_split(train),
        val=to_split(val) if val is not None else None,
        test=to_split(test) if test is not None else None,
        mean=mean,
        std=std,
        fingerprint=fingerprint(loaded.class_names, (train, val, test)),
        broken=loaded.broken,
        notes=loaded.notes,
    )


def check_fits(source: DataSource, facts: SourceFacts, input_shape: tuple[int, ...]) -> None:
    """Raise DataError where the network's Input cannot take what the source gives, before anything is loaded."""
    wants = f"the network's Input wants {describe(input_shape)}"
    if source.kind == "points":
        if input_shape != (facts.num_features,):
            raise DataError(
                f"{facts.title} gives points of {facts.num_features} numbers and {wants}: "
                f"set the shape of its Input to {facts.num_features}, or choose pictures"
            )
    elif len(input_shape) != 3:
        shape = describe(facts.picture_shape) if facts.picture_shape else "channels×height×width"
        raise DataError(
            f"{facts.title} gives pictures and {wants}: "
            f"set the shape of its Input to {shape} (a Flatten after it makes a vector), or choose points"
        )
    elif input_shape[0] not in MODES:
        raise DataError(
            f"{wants}, and pictures have 1 channel (grey) or 3 (colour): "
            f"set the shape of its Input to {describe((3, *input_shape[1:]))}"
        )


def check_augmentation(recipe: DataRecipe, source: DataSource) -> None:
    """Raise SpecError for an augmentation that does not exist, has wrong settings, or is applied to points."""
    for component in recipe.augmentation:
        AUGMENTATIONS.make(component.type, component.parameters)
        if source.kind == "points":
            raise DataError(f"{component.type} varies pictures, and {source.title()} gives points: take it out")


def _fitted(examples: Examples | None, shape: tuple[int, int, int], progress: Progress) -> Examples | None:
    if examples is None:
        return None
    return Examples(inputs=fit_all(examples.inputs, shape, progress), labels=examples.labels)


def _hold_out_validation(loaded: Loaded, share: float, seed: int) -> Loaded:
    if loaded.val is not None:
        return loaded
    held = hold_out(loaded.train.labels, share, random_state(seed, "validation"))
    if not held.any():
        return loaded
    return replace(loaded, train=loaded.train.where(~held), val=loaded.train.where(held))
