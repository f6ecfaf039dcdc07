"""A fix for a problem, as a value: ``mending.apply_remedy`` makes of it a network without the problem."""

from workbench.spec.component import Component
from workbench.spec.experiment import Head
from workbench.spec.record import Record, Value

HERE = ""
"""The path of the very node that has the problem, for those who do not know it."""


class Remedy(Record):
    """Base of all. ``words`` are for a button; ``path`` is that of the node, as in a ``Problem``."""

    words: str
    path: str


class NewLayer(Record):
    """A layer that is not there yet."""

    type: str
    parameters: dict[str, Value] = {}


class Insert(Remedy):
    """New layers, one after the other, between the node's input ``port`` and what feeds it."""

    port: int
    layers: tuple[NewLayer, ...]


class Follow(Remedy):
    """A new layer that takes what the node gives."""

    layer: NewLayer


class Feed(Remedy):
    """A new layer that gives the node what it takes."""

    layer: NewLayer


class Connect(Remedy):
    """The node takes what ``source`` gives, a reference (``name``, ``name:port``) in its own graph."""

    source: str


class Disconnect(Remedy):
    """The node keeps its first connections, so many of them."""

    keep: int


class SetParameters(Remedy):
    """Other values; where one is bound to a parameter of the block, the use of the block gets it."""

    values: dict[str, Value]


class Retype(Remedy):
    """The node is a layer of another type, with the same parameters."""

    type: str


class SetRepeat(Remedy):
    """The node stands there so many times."""

    repeat: int


class Rename(Remedy):
    """The node gets another name, and what refers to it follows."""

    name: str


class SetHead(Remedy):
    """The output at ``path`` is trained for something else."""

    head: Head


class Delete(Remedy):
    """The node goes, and the chain closes up behind it."""


class SetBatchSize(Remedy):
    """Training takes batches of so many pictures; no node is concerned."""

    batch_size: int


class SetSchedule(Remedy):
    """Training's learning rate follows this schedule; no node is concerned."""

    schedule: Component


class ChooseFolder(Remedy):
    """The data's source reads another folder; no node is concerned."""

    folder: str


class GuessColumns(Remedy):
    """What the data's columns are is guessed, whatever was said of them; no node is concerned."""


class Together(Remedy):
    """Several remedies, one after the other, in one step."""

    remedies: tuple[Remedy, ...]
