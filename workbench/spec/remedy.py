"""A fix for a problem, as a value: ``mending.apply_remedy`` applies it."""

from workbench.spec.column import Kind
from workbench.spec.component import Component
from workbench.spec.experiment import Architecture, Head, Precision
from workbench.spec.record import Record, Value

HERE = ""
"""The path of the node that has the problem, for code that does not know it."""


class Remedy(Record):
    """Base of all remedies. ``words`` are for a button; ``path`` is the node's, as in a ``Problem``."""

    words: str
    path: str


class NewLayer(Record):
    """A layer to be added."""

    type: str
    parameters: dict[str, Value] = {}


class Insert(Remedy):
    """Insert new layers, one after the other, between the node's input ``port`` and its source."""

    port: int
    layers: tuple[NewLayer, ...]


class Follow(Remedy):
    """Add a layer that is fed by the node."""

    layer: NewLayer


class Feed(Remedy):
    """Add a layer that feeds the node."""

    layer: NewLayer


class Connect(Remedy):
    """Connect ``source``, a reference (``name``, ``name:port``) in its own graph, to the node."""

    source: str


class Disconnect(Remedy):
    """Keep only the node's first ``keep`` connections."""

    keep: int


class SetParameters(Remedy):
    """Set parameters; one bound to a parameter of the block is set at the use of the block."""

    values: dict[str, Value]


class Retype(Remedy):
    """The node is a layer of another type, with the same parameters."""

    type: str


class SetRepeat(Remedy):
    """Set the node's number of repeats."""

    repeat: int


class Rename(Remedy):
    """Rename the node, and update references to it."""

    name: str


class SetHead(Remedy):
    """Train the output at ``path`` for another column or loss."""

    head: Head


class Delete(Remedy):
    """Delete the node, closing the chain."""


class SetNetwork(Remedy):
    """Train another network with these ``heads``, from new weights; if its Input takes no pictures, nothing is done to
    pictures any more. No node is concerned.
    """

    architecture: Architecture
    heads: tuple[Head, ...] = ()


class SetBatchSize(Remedy):
    """Set the batch size; no node is concerned."""

    batch_size: int


class SetSchedule(Remedy):
    """Set the learning-rate schedule; no node is concerned."""

    schedule: Component


class SetPrecision(Remedy):
    """Set the precision of a training step; no node is concerned."""

    precision: Precision


class SetAugmentation(Remedy):
    """Set all augmentations of the data; no node is concerned."""

    augmentation: tuple[Component, ...]


class SetLabels(Remedy):
    """Set all corrected labels, column -> name of a picture -> its class; no node is concerned."""

    labels: dict[str, dict[str, str]]


class ChooseFolder(Remedy):
    """Set the folder of the data source; no node is concerned."""

    folder: str


class ChooseFile(Remedy):
    """Make a file the data, read by a source that has the setting ``file``; no node is concerned."""

    source: str
    file: str


class GuessColumns(Remedy):
    """Guess the types of the data's columns, discarding those declared; no node is concerned."""


class SetColumnTypes(Remedy):
    """Say what columns of a table hold, column -> type; no node is concerned."""

    types: dict[str, Kind]


class Together(Remedy):
    """Several remedies, one after the other, in one edit."""

    remedies: tuple[Remedy, ...]
