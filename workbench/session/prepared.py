"""An experiment's data prepared for its network's Input, and the log events that describe it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from workbench.data.progress import Progress, silent
from workbench.data.relabel import num_labels
from workbench.events import DataPrepared
from workbench.spec.problems import SpecError
from workbench.training.aims import used_columns

if TYPE_CHECKING:
    from workbench.data.dataset import Dataset
    from workbench.spec.experiment import Experiment
    from workbench.training.distributed.ranks import Ranks

MOST_BROKEN = 1000
"""The number of excluded files that the log lists by name; the others are counted."""


def input_shape(experiment: Experiment) -> tuple[int, ...]:
    """Return the shape of the network's first Input. Raises SpecError if it has none."""
    shape = experiment.architecture.input_shape
    if shape is None:
        mend = "set it in the inspector" if experiment.architecture.graph.inputs else "add an Input first"
        raise SpecError(f"the shape of the pictures is not known: {mend}")
    return shape


def dataset_of(experiment: Experiment, progress: Progress = silent, *, at_once: bool = True) -> Dataset:
    """Return the data, loaded and brought to the network's size, unless ``at_once`` only when it is accessed. Raises
    SpecError and Cancelled as ``data.preparation`` does.
    """
    from workbench.data.preparation import prepare

    return prepare(
        experiment.data,
        input_shape=input_shape(experiment),
        seed=experiment.seed,
        progress=progress,
        used=partial(used_columns, experiment),
        at_once=at_once,
    )


def shared_dataset(experiment: Experiment, ranks: Ranks, progress: Progress) -> Dataset:
    """Do ``dataset_of`` on each rank: one rank per machine prepares the data, and the others find it in the cache.

    Also raises SpecError if it is not the same on all machines.
    """
    if ranks.local:
        ranks.wait_for_all()
    dataset = dataset_of(experiment, progress)
    if not ranks.local:
        ranks.wait_for_all()
    if dataset.fingerprint != ranks.from_first(lambda: dataset.fingerprint, str):
        raise SpecError("its data differs from the first machine's: give every machine the same data and start again")
    return dataset


def data_prepared(dataset: Dataset, at: float) -> DataPrepared:
    """Return the event that describes the data, ``at`` seconds since the run began."""
    return DataPrepared(
        at=at,
        num_train=len(dataset.train.inputs),
        num_val=len(dataset.val.inputs) if dataset.val else 0,
        num_test=len(dataset.test.inputs) if dataset.test else 0,
        class_names=dataset.class_names,
        columns=dataset.columns,
        picture_shape=tuple(dataset.train.inputs.shape[1:]),
        fingerprint=dataset.fingerprint,
        broken=tuple((file.path, file.reason) for file in dataset.broken[:MOST_BROKEN]),
        num_broken=len(dataset.broken),
        num_relabelled=num_labels(dataset.own_labels),
        notes=dataset.notes,
        thing=dataset.thing,
    )
