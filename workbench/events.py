"""What a run tells the world. Frozen records, in the order in which the loop yields them:

    DataPrepared
    [SpeedTried]                            where something was left to be settled, and the run is long enough
    RunStarted
    [WeightsLoaded]                         where it begins with the weights of a file
    [WeightsDrawn]                          where an initialiser other than torch's own was chosen
    for epoch in epochs:
        for batch in batches(epoch):
            [RunPaused, RunResumed]         where somebody paused
            [RecipeChanged]                 where somebody changed a setting; between two epochs, too
            forward, backward, step
            StepFinished
            [StepLeftOut]                   where a gradient was too large for fp16
        [LayersProbed]                      not after every epoch, where epochs are short
        validate
        EpochFinished
        [AdviceGiven]                       where something is to be said; from who keeps the log, not from the loop
        CheckpointSaved                     best where it is, then last
    FinalTest                            where the data has a test split
    RunFinished | RunStopped | RunFailed    exactly one, the last

No reader of an event can alter the run. A saved run is these records, one JSON line each.
"""

from typing import Any

import msgspec

from workbench.spec.column import Column
from workbench.spec.experiment import Speed
from workbench.spec.record import Record, RecordMeta, Value


class Event(msgspec.Struct, metaclass=RecordMeta, tag_field="event", tag=True):
    """Base of all events; ``at`` is seconds since the run began, pauses included."""

    at: float


class DataPrepared(Event):
    """The data is in memory: picture counts by split, and the fingerprint of the bytes.

    ``broken`` lists what was left out as (path, reason), the first thousand of ``num_broken``; ``notes``
    are sentences worth showing.
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
    notes: tuple[str, ...] = ()


class Tried(Record):
    """A way of computing the steps, and the median time of one in milliseconds; None where it failed, as ``failure`` says."""

    speed: Speed
    step_ms: float | None
    failure: str = ""


class SpeedTried(Event):
    """Some ways of computing the steps were timed, and ``chosen`` is what the run keeps to, resumed or not.

    ``remembered`` says that it was an earlier run of the same network on this machine that tried them.
    """

    rows: tuple[Tried, ...]
    chosen: Speed
    remembered: bool = False


class RunStarted(Event):
    """The network is built and the first step comes next. ``environment`` is what exactness depends on, ``speed`` how it
    computes.
    """

    num_parameters: int
    steps_per_epoch: int
    epochs: int
    first_step: int
    device: str
    environment: dict[str, Any]
    speed: Speed = Speed()


class LayerVariance(Record):
    """The variance of a layer's answers to the first batch, with torch's own weights and with those drawn by ``method``.

    ``method`` is empty in logs of before layers could differ in it.
    """

    layer: str
    before: float
    after: float
    method: str = ""


class WeightsDrawn(Event):
    """The initial weights were drawn, by the recipe's ``method`` where a layer has none of its own."""

    method: str
    layers: tuple[LayerVariance, ...]


class WeightsLoaded(Event):
    """The run begins with weights from a file: ``words`` say how many tensors of the network they fill, and which not."""

    file: str
    sha256: str
    num_filled: int
    words: str


class StepFinished(Event):
    """One optimizer step; ``step`` counts from 1 over the whole run, ``loss`` is the batch's mean.

    ``accuracy`` is the share of right classes; None where no class is asked for.
    """

    step: int
    loss: float
    accuracy: float | None
    learning_rate: float


class StepLeftOut(Event):
    """The step just told of changed nothing: a gradient, ``scale`` times itself, was too large for fp16. The scale is halved."""

    step: int
    scale: float


class LayerProbe(Record):
    """A layer as a look into the network found it: root mean squares of its weights and of the loss's gradient to them;
    for a rectifier, the share of its units that answer 0 to every picture. None where a layer has no such thing.
    """

    layer: str
    gradient: float | None = None
    weight: float | None = None
    dead: float | None = None


class LayersProbed(Event):
    """A look into the layers at the end of an epoch, at the learning rate of its last step."""

    epoch: int
    learning_rate: float
    layers: tuple[LayerProbe, ...]


class RecipeChanged(Event):
    """From the step after ``step`` on, the setting at ``path`` (as ``--set`` names it) is ``after`` and no more ``before``."""

    step: int
    path: str
    before: Value
    after: Value


class EpochFinished(Event):
    """One pass over the training pictures and the validation after it; ``epoch`` counts from 1."""

    epoch: int
    step: int
    metrics: dict[str, float]
    seconds: float


class AdviceGiven(Event):
    """What an expert would say of the run by the end of an epoch: one sentence on what is seen, and what to try.

    ``kind`` is its name (``overfitting``), each told once a run; ``node`` is a layer's path where it is seen in one.
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
    """Going on after a pause."""

    step: int


class FinalTest(Event):
    """The test split was measured once, after the last epoch."""

    metrics: dict[str, float]


class RunFinished(Event):
    """The end. ``metrics`` is the last word on each measure; ``early`` says that no epoch was better for long enough."""

    epochs: int
    metrics: dict[str, float]
    early: bool = False


class RunStopped(Event):
    """Stopped by a command; the checkpoint before this event makes it resumable."""

    step: int


class RunFailed(Event):
    """The run ended by itself: what happened, where, and what to do.

    ``fault`` says that the program is to blame; the trace is in its log. Where the numbers ran away, ``node`` is the
    layer's path where it began, and ``batch`` the file of the pictures, relative to the run's folder; ``ran_away`` says that
    a smaller learning rate may mend it. Where memory ran out, ``batch_size`` is the largest that fits, if one was found.
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
