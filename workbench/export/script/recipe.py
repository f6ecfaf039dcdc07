"""What a script is written from: the parts of an experiment's training, made and settled."""

from workbench.data.augmentation import Augmentation
from workbench.data.corruption import Corruption
from workbench.data.mixing import Mixing
from workbench.spec.catalogue import Declared
from workbench.spec.column import Column
from workbench.spec.experiment import Speed
from workbench.spec.record import Record, Value


class Measured(Record):
    """How a number is measured, in lines: before a pass, for each of its batches, and in the end by the number's
    name.
    """

    begin: tuple[str, ...]
    update: tuple[str, ...]
    results: dict[str, str]
    imports: tuple[str, ...] = ()


class Head(Record):
    """What an output is trained for: its place among the network's outputs, its column, loss, and the loss's weight."""

    output: str
    place: int
    column: Column
    is_stored: bool
    """Whether the column is in the data; else it is the picture itself."""
    loss: Declared
    weight: float
    measures: tuple[Measured, ...]


class InitialWeights(Record):
    """What draws the weights of some layers; no ``initialiser`` leaves them as torch draws them.

    ``start`` is how the full names of the layers begin, each with a dot at its end; it is empty for all. ``scaling``
    says to what (tolerance, most passes) they are scaled then, so that answers have variance 1, or nearly so.
    """

    start: str
    initialiser: Declared | None
    scaling: tuple[float, int] | None


class Data(Record):
    """Of what the data is, and how it is varied. ``mean`` and ``std`` are empty for points."""

    input_shape: tuple[int, ...]
    picture_shape: tuple[int, ...]
    """As they lie in the data, before they are corrupted."""
    mean: tuple[float, ...]
    std: tuple[float, ...]
    mixing: Mixing | None
    corruption: Corruption | None
    splits: tuple[str, ...]
    """Those there are of train, val and test."""


class Stage(Record):
    """The settings that may change while it trains, as they are after ``step`` steps and until the next stage."""

    step: int
    settings: dict[str, Value]
    """By their names: ``epochs``, ``patience``, ``clip_norm``, ``lr``, ``weight_decay`` where there is one; a layer's
    by its path: ``drop.p``; and after which step the schedule looks back, and patience counts: ``judged_from``,
    ``patience_from``."""
    schedule: Declared
    warms_up: bool
    looks_back: bool
    augmentation: tuple[Augmentation, ...]


class Recipe(Record):
    """The parts of an experiment's training, made."""

    data: Data
    stages: tuple[Stage, ...]
    """At least that of step 0; what else stands here is as it was then."""
    heads: tuple[Head, ...]
    num_outputs: int
    optimizer: Declared
    evaluation_batch: int
    """How many pictures are measured together."""
    speed: Speed
    has_convolutions: bool
    """Whether there are weights that can lie in memory one way or the other."""
    has_attention: bool
    """Whether a layer calls the weight of its queries, keys and values ``in_proj_weight``."""
    initial_weights: tuple[InitialWeights, ...]
    """The first whose start a layer's name has counts; the last is for all. None where all weights are as torch draws
    them.
    """
    starts_with: str
    """"all" of the weights, or "some", are read from a file; empty for none."""

    @property
    def schedules(self) -> tuple[Stage, ...]:
        """Of each schedule the first stage that has it."""
        found: dict[Declared, Stage] = {}
        for stage in self.stages:
            found.setdefault(stage.schedule, stage)
        return tuple(found.values())

    @property
    def looks_back(self) -> bool:
        """Whether there is a stage in which the rate hangs on how the epochs before went."""
        return any(stage.looks_back for stage in self.stages)

    @property
    def augmentations(self) -> tuple[tuple[Augmentation, ...], ...]:
        """Those of all stages, each once."""
        return tuple(dict.fromkeys(stage.augmentation for stage in self.stages))

    @property
    def changing(self) -> tuple[str, ...]:
        """The names of the settings that are not the same in all stages."""
        first, *others = (stage.settings for stage in self.stages)
        unread = {"judged_from": not self.looks_back, "patience_from": not self.ever("patience")}
        return tuple(
            name
            for name, value in first.items()
            if any(other[name] != value for other in others) and not unread.get(name)
        )

    def ever(self, setting: str) -> bool:
        """Whether there is a stage in which it is set at all: ``patience``, ``clip_norm``."""
        return any(stage.settings[setting] is not None for stage in self.stages)


class Names(Record):
    """What the script calls things that lie outside it."""

    module: str
    class_name: str
    data: str
    mapped: tuple[str, ...]
    """What is not in that file but in one of its own, called ``MODULE_NAME.npy``, from which a batch reads its rows
    alone.
    """
    weights: str
