"""The events of a run: frozen records, in the order in which the loop yields them:

    DataPrepared
    [SpeedTried]                            if a setting is automatic and the run is long enough
    RunStarted
    [WeightsLoaded]                         if it starts from the weights of a file
    [WeightsDrawn]                          if an initialiser other than torch's default is chosen
    for epoch in epochs:
        for batch in batches(epoch):
            [RunPaused, RunResumed]         if the user paused
            [RecipeChanged]                 if the user changed a setting; between epochs and after the test, too
            forward, backward, step
            StepFinished
            [StepLeftOut]                   if a gradient was too large for fp16
        [LayersProbed]                      if epochs are short, not after each
        validate
        EpochFinished
        [AdviceGiven]                       if there is advice; from the keeper of the log, not the loop
        CheckpointSaved                     the best if there is a new one, then the last
    FinalTest                            if the data has a test split
    RunFinished | RunStopped | RunFailed    exactly one, at the end

Reading an event cannot affect the run. A saved run consists of these records, one line of JSON each.
"""

from typing import Any

import msgspec

from workbench.spec.column import Column
from workbench.spec.experiment import Speed
from workbench.spec.record import Record, RecordMeta, Value


class Event(msgspec.Struct, metaclass=RecordMeta, tag_field="event", tag=True):
    """Base of all events; ``at`` is in seconds since the run began, pauses included."""

    at: float


class DataPrepared(Event):
    """The data is in memory: number of pictures by split, and the fingerprint of the bytes.

    ``broken`` lists what was excluded as (path, reason), the first thousand of ``num_broken``; ``num_relabelled`` says
    how many labels the recipe corrected; ``notes`` are sentences worth showing. An example is called a
    ``thing``: picture, row or point.
    """

    num_train: int
    num_val: int
    num_test: int
    class_names: tuple[str, ...]
    picture_shape: tuple[int, ...]
    fingerprint: str
    columns: tuple[Column, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()
    num_broken: int = 0
    num_relabelled: int = 0
    notes: tuple[str, ...] = ()
    thing: str = "picture"


class Tried(Record):
    """A way of computing the steps, with their median time in milliseconds; None if it failed, as ``failure`` says."""

    speed: Speed
    step_ms: float | None
    failure: str = ""


class SpeedTried(Event):
    """Ways of computing the steps were timed; the run keeps to the ``chosen`` one, even when resumed.

    ``remembered`` says that the timing comes from an earlier run of the same network on this machine.
    """

    rows: tuple[Tried, ...]
    chosen: Speed
    remembered: bool = False


class RunStarted(Event):
    """The network is built and the first step comes next.

    ``environment`` is what exactness depends on, ``speed`` how the run computes.
    """

    num_parameters: int
    steps_per_epoch: int
    epochs: int
    first_step: int
    device: str
    environment: dict[str, Any]
    speed: Speed = Speed()
    macs: int = 0
    """Multiply-accumulates of the network for one picture; 0 in older logs."""
    began_s: float | None = None
    """When the run began, in seconds since 1970; None in older logs. Of a resumed run, the first says it."""


class LayerVariance(Record):
    """The variance of a layer's outputs for the first batch, with torch's default weights and those set by ``method``.

    ``method`` is empty in older logs, in which all layers had the same.
    """

    layer: str
    before: float
    after: float
    method: str = ""


class WeightsDrawn(Event):
    """The weights were initialised, by the recipe's ``method`` if a layer has none of its own."""

    method: str
    layers: tuple[LayerVariance, ...]


class WeightsLoaded(Event):
    """The run starts from the weights of a file; ``words`` says how many tensors they fill, and which not."""

    file: str
    sha256: str
    num_filled: int
    words: str


class StepFinished(Event):
    """One optimizer step; ``step`` counts from 1 over the whole run, ``loss`` is the batch's mean.

    ``accuracy`` is the share of correct classes; None if no class is predicted.
    """

    step: int
    loss: float
    accuracy: float | None
    learning_rate: float


class StepLeftOut(Event):
    """The previous step changed nothing: a gradient times ``scale`` was too large for fp16. The scale is halved."""

    step: int
    scale: float


class LayerProbe(Record):
    """A layer's state: root mean squares of its weights and their gradient, and for a rectifier its dead units.

    ``dead`` is the share of units that output 0 for every picture. Each value is None if it does not apply.
    """

    layer: str
    gradient: float | None = None
    weight: float | None = None
    dead: float | None = None


class LayersProbed(Event):
    """The state of the layers at the end of an epoch, with the learning rate of its last step."""

    epoch: int
    learning_rate: float
    layers: tuple[LayerProbe, ...]


class RecipeChanged(Event):
    """From the step after ``step`` on, the setting at ``path`` (as in ``--set``) is ``after`` instead of ``before``."""

    step: int
    path: str
    before: Value
    after: Value


class EpochFinished(Event):
    """One pass over the training pictures and the validation after it; ``epoch`` counts from 1.

    ``seconds`` is how long it took, without pauses.
    """

    epoch: int
    step: int
    metrics: dict[str, float]
    seconds: float


class AdviceGiven(Event):
    """Advice on the run at the end of an epoch: what is observed, and what to try.

    ``kind`` is its name (``overfitting``); each is given once per run. ``node`` is a layer's path if it concerns one.
    """

    epoch: int
    kind: str
    what: str
    advice: str
    node: str = ""


class CheckpointSaved(Event):
    """A durable checkpoint; ``file`` is relative to the run's folder."""

    file: str
    step: int
    sha256: str
    best: bool


class RunPaused(Event):
    """Waiting before the next step."""

    step: int


class RunResumed(Event):
    """Continuing after a pause."""

    step: int


class FinalTest(Event):
    """The test split was evaluated once, after the last epoch."""

    metrics: dict[str, float]


class RunFinished(Event):
    """The end. ``metrics`` are the final values of the measures; ``early`` says that patience ran out."""

    epochs: int
    metrics: dict[str, float]
    early: bool = False


class RunStopped(Event):
    """Stopped by a command; the checkpoint before this event makes it resumable."""

    step: int


class RunFailed(Event):
    """The run ended by itself: what happened, where, and what to do.

    ``fault`` says that it is an internal error, whose traceback is in the log. If numbers became NaN or infinite,
    ``node`` is the path of the layer where it began and ``batch`` the file with the pictures, relative to the run's
    folder; ``ran_away`` says that a smaller learning rate may help. If memory ran out, ``batch_size`` is the largest
    that fits, if one was found.
    """

    what: str
    advice: str
    step: int
    fault: bool = False
    node: str = ""
    batch: str = ""
    ran_away: bool = False
    batch_size: int | None = None


AnyEvent = (
    DataPrepared
    | SpeedTried
    | RunStarted
    | WeightsDrawn
    | WeightsLoaded
    | StepFinished
    | StepLeftOut
    | LayersProbed
    | RecipeChanged
    | EpochFinished
    | AdviceGiven
    | CheckpointSaved
    | RunPaused
    | RunResumed
    | FinalTest
    | RunFinished
    | RunStopped
    | RunFailed
)
ENDINGS = (RunFinished, RunStopped, RunFailed)
