"""A network to look into: that of a run's best checkpoint, or one without a run, with the weights it begins with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.session.prepared import dataset_of
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from torch import fx

    from workbench.compiler.analysis import Resolution
    from workbench.data.dataset import Dataset
    from workbench.data.progress import Progress
    from workbench.data.source import DataSource
    from workbench.spec.experiment import Experiment
    from workbench.training.plan import Plan
    from workbench.training.state import TrainingState

NOT_A_NUMBER = "the network answers NaN: its training has diverged"

NONE_HERE = "there are no pictures to compare, since its data is not downloaded or does not fit: download it, or choose other data"


class NotDownloaded(SpecError):
    """Raised if data has yet to be downloaded. Where it is not the window that says so, ``how`` is what to do."""

    def __init__(self, source: DataSource, how: str = "browse the data (Ctrl+L) or start a run to download it") -> None:
        super().__init__(f"{source.title()} is not downloaded yet: {how}")
        self.source = source


@dataclass(frozen=True, kw_only=True)
class Network:
    """The network to ask, in eval mode: ``module`` after ``step``."""

    module: fx.GraphModule
    plan: Plan
    dataset: Dataset
    step: int
    weights: str = ""
    """What its weights are if they are not those after ``step``."""

    @cached_property
    def resolution(self) -> Resolution:
        """The network with all shapes."""
        from workbench.compiler.analysis import resolve

        return resolve(self.plan.experiment.architecture, classes=self.plan.classes)

    def after(self, step: int, module: fx.GraphModule) -> Network:
        """Return the same network with other weights, those of ``module`` after ``step``."""
        other = replace(self, module=module, step=step)
        vars(other)["resolution"] = self.resolution  # which takes a while for a large network
        return other

    @property
    def state_words(self) -> str:
        """Which weights it has: ``after step 120``."""
        return f"with {self.weights}" if self.weights else f"after step {self.step:,}"


def network_of_run(folder: Path, progress: Progress) -> Network:
    """Return the network of a run's best checkpoint. Raises SpecError if it has none."""
    from workbench.runs.store import open_run
    from workbench.training import beginning

    saved = open_run(folder)
    dataset = dataset_of(saved.experiment, progress)
    plan, state = beginning.of_checkpoint(saved.experiment, dataset, saved.checkpoint)
    return Network(module=state.module.eval(), plan=plan, dataset=dataset, step=state.step)


def network_drawn(experiment: Experiment, progress: Progress) -> Network:
    """Return the network of an experiment without a run. Raises as ``untrained`` does."""
    plan, state, dataset = untrained(experiment, progress)
    return Network(module=state.module.eval(), plan=plan, dataset=dataset, step=0, weights=weights_words(experiment))


def untrained(experiment: Experiment, progress: Progress) -> tuple[Plan, TrainingState, Dataset]:
    """Return an experiment's network with the weights that it begins with, and its data.

    One with weights for ImageNet's classes keeps these if the data has others, and sees a few pictures of the data at
    most. Pictures are resized when they are looked at. Raises ProblemsFound or SpecError if it cannot be built, its
    weights are missing, or the data is not available or has yet to be downloaded; Cancelled from ``progress``.
    """
    from workbench.data import SOURCES
    from workbench.session.views.imagenet import as_of_imagenet
    from workbench.training import beginning

    if len({str(each.parameters.get("shape")) for each in experiment.architecture.graph.inputs}) > 1:
        raise SpecError(
            "its Inputs expect different shapes, so that one picture cannot be shown to all: make them equal"
        )
    known = as_of_imagenet(experiment, progress)
    if known is None:
        source = SOURCES.of(experiment.data.source)
        if source.needs_download:
            raise NotDownloaded(source)
        known = experiment, dataset_of(experiment, progress, at_once=False)
    chosen, dataset = known
    plan, state = beginning.untrained(chosen, dataset)
    return plan, state, dataset


def weights_words(experiment: Experiment) -> str:
    """Return which weights an experiment begins with: ``weights from resnet18.safetensors``."""
    chosen = experiment.training.weights
    return f"weights from {Path(chosen.file).name}" if chosen else f"initial weights (seed {experiment.seed})"
