"""What a script is written from: the resolved parts of an experiment's training."""

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
    """A head: its output's index among the network's outputs, its column, its loss and weight."""

    output: str
    name: str
    """What its loss is called among those of several heads; empty for a single one."""
    place: int
    column: Column
    is_stored: bool
    """Whether the column is in the data; else it is the picture itself, or the prior."""
    loss: Declared
    weight: float
    measured_as: str
    """What its measures are called among those of several outputs; empty for a single one."""
    measures: tuple[Measured, ...]

    @property
    def has_target(self) -> bool:
        """Whether it is compared with a column, rather than with the prior."""
        return self.column.kind != "prior"


class InitialWeights(Record):
    """The initialiser of some layers; None keeps torch's own weights.

    ``start`` is how the full names of the layers begin, each with a dot at its end; it is empty for all. ``scaling``
    says to what (tolerance, most passes) they are scaled then, so that answers have variance 1, or nearly so.
    """

    start: str
    initialiser: Declared | None
    scaling: tuple[float, int] | None


class Data(Record):
    """The shapes, normalisation and variation of the data. ``mean`` and ``std`` are empty for points that are not
    standardised.
    """

    input_shape: tuple[int, ...]
    picture_shape: tuple[int, ...]
    """The shape in the data, before corruption."""
    mean: tuple[float, ...]
    std: tuple[float, ...]
    mixing: Mixing | None
    corruption: Corruption | None
    splits: tuple[str, ...]
    """Those of train, val and test that exist."""

    @property
    def has_pictures(self) -> bool:
        """Whether the inputs are pictures rather than points."""
        return len(self.picture_shape) == 3


class Stage(Record):
    """The settings that may change during training, from ``step`` on until the next stage."""

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
    """The resolved parts of an experiment's training."""

    data: Data
    stages: tuple[Stage, ...]
    """At least that of step 0; the other fields are as of step 0."""
    heads: tuple[Head, ...]
    num_outputs: int
    optimizer: Declared
    evaluation_batch: int
    """The batch size for evaluation."""
    grouped: str
    """The column whose classes come together in batches; empty if none do."""
    compares: bool
    """Whether a loss compares the examples of a batch, so that each needs several classes."""
    speed: Speed
    has_convolutions: bool
    """Whether there are weights that the memory layout affects."""
    has_attention: bool
    """Whether a layer names the weight of its queries, keys and values ``in_proj_weight``."""
    has_recurrent: bool
    """Whether a layer is one of torch's recurrent ones, which have several weights."""
    has_series: bool
    """Whether a layer is a one-dimensional convolution, whose kernels have three dimensions."""
    initial_weights: tuple[InitialWeights, ...]
    """The first whose prefix matches a layer's name applies; the last is for all. Empty for torch's defaults."""
    starts_with: str
    """Whether "all" or "some" of the weights are read from a file; empty for none."""

    @property
    def targets(self) -> dict[str, Head]:
        """By column a head that is compared with it."""
        return {head.column.name: head for head in self.heads if head.has_target}

    @property
    def schedules(self) -> tuple[Stage, ...]:
        """The first stage of each schedule."""
        found: dict[Declared, Stage] = {}
        for stage in self.stages:
            found.setdefault(stage.schedule, stage)
        return tuple(found.values())

    @property
    def looks_back(self) -> bool:
        """Whether the rate depends on past epochs in any stage."""
        return any(stage.looks_back for stage in self.stages)

    @property
    def augmentations(self) -> tuple[tuple[Augmentation, ...], ...]:
        """The augmentations of all stages, each once."""
        return tuple(dict.fromkeys(stage.augmentation for stage in self.stages))

    @property
    def changing(self) -> tuple[str, ...]:
        """The names of the settings that differ between stages."""
        first, *others = (stage.settings for stage in self.stages)
        unread = {"judged_from": not self.looks_back, "patience_from": not self.ever("patience")}
        return tuple(
            name
            for name, value in first.items()
            if any(other[name] != value for other in others) and not unread.get(name)
        )

    def ever(self, setting: str) -> bool:
        """Return whether a setting such as ``patience`` or ``clip_norm`` is set in any stage."""
        return any(stage.settings[setting] is not None for stage in self.stages)


class Names(Record):
    """The names that the script uses for things outside it."""

    module: str
    class_name: str
    data: str
    mapped: tuple[str, ...]
    """What is not in that file but in one of its own, called ``MODULE_NAME.npy``, from which a batch reads its rows
    alone.
    """
    weights: str
