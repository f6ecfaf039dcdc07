"""An experiment put on other data."""

from collections.abc import Collection

from workbench.data import name_of
from workbench.data.leave_out import with_source
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment
from workbench.spec.record import replace


def on_source(experiment: Experiment, source: Component, titles: Collection[str] = ()) -> Experiment:
    """Return the experiment on this source, which its name ends with if it ended with the one before: ``LeNet on pets``
    for ``LeNet on Digits``. Names of pictures of other data are dropped; of another type, so is what is said about the
    experiment, and a name that is one of the presets' ``titles``: ``Labels on pets`` for ``Labels of shapes``.
    """
    before, end = experiment.data.source, f" on {name_of(experiment.data.source)}"
    name, about = experiment.name, experiment.about if source.type == before.type else ""
    if name.casefold().endswith(end.casefold()):
        name = f"{name[: -len(end)]} on {name_of(source)}"
    elif name in titles and source.type != before.type:
        name = f"{experiment.architecture.name} on {name_of(source)}"
    return replace(experiment, name=name, data=with_source(experiment.data, source), about=about)
