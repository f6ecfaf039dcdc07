"""Whether the components that a recipe chooses from catalogues exist and have valid settings."""

from collections.abc import Iterator
from typing import Any

from workbench.data import AUGMENTATIONS, SOURCES
from workbench.spec.catalogue import Catalogue
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment
from workbench.spec.problems import SpecError
from workbench.training import INITIALISERS, LOSSES, MEASURES, OPTIMIZERS, SCHEDULES


def check_components(experiment: Experiment) -> None:
    """Raise SpecError, which begins with its place in the file, for the first component that is invalid."""
    for place, catalogue, component in _components(experiment):
        try:
            catalogue.of(component)
        except SpecError as error:
            raise SpecError(f"{place}: {error}") from None


def _components(experiment: Experiment) -> Iterator[tuple[str, Catalogue[Any], Component]]:
    """Yield the components that the recipe chooses from catalogues, with their places in the file."""
    recipe, data = experiment.training, experiment.data
    yield "training.optimizer", OPTIMIZERS, recipe.optimizer
    yield "training.schedule", SCHEDULES, recipe.schedule
    yield "training.initialiser", INITIALISERS, recipe.initialiser
    yield "data.source", SOURCES, data.source
    for head in recipe.heads:
        yield f"training.heads.{head.output}.loss", LOSSES, head.loss
        for measure in head.measures:
            yield f"training.heads.{head.output}.measures.{measure.type}", MEASURES, measure
    for augmentation in data.augmentation:
        yield f"data.augmentation.{augmentation.type}", AUGMENTATIONS, augmentation
