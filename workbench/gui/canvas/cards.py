"""The contents of a node's card: texts, ports, problems. No Qt."""

from collections.abc import Mapping, Sequence
from functools import cache

from workbench.compiler.facts import NodeFacts
from workbench.gui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, Point, port_offset
from workbench.gui.forms import form_text
from workbench.layers import LAYERS
from workbench.layers.base import Family, describe
from workbench.spec import quantities
from workbench.spec.graph import Graph, Node
from workbench.spec.problems import Problem
from workbench.spec.record import Record, Value, same


class Ports(Record):
    """The names of a node's ports. If ``many``, its only input takes any number of connections."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    many: bool = False


class Card(Record):
    """One node, ready to be drawn. ``family`` is None for the use of a block.

    An ``unfolded`` use is as large as its contents; a ``dot`` is a port of an expanded block.
    """

    key: str
    name: str
    type: str
    family: Family | None
    detail: str
    shape: str
    size_words: str
    badge: str
    ports: Ports
    problems: tuple[Problem, ...]
    size: tuple[float, float] = (CARD_WIDTH, CARD_HEIGHT)
    unfolded: bool = False
    dot: bool = False

    @property
    def is_use(self) -> bool:
        """Whether the card is the use of a block."""
        return self.family is None

    def input_offset(self, index: int) -> Point:
        """Return the position of input port ``index`` relative to the upper left corner."""
        return (port_offset(index, max(len(self.ports.inputs), 1), self.size[0]), 0.0)

    def output_offset(self, index: int) -> Point:
        """Return the position of output port ``index`` relative to the upper left corner."""
        return (port_offset(index, max(len(self.ports.outputs), 1), self.size[0]), self.size[1])

    @property
    def is_block(self) -> bool:
        """Whether the card is drawn as a stack because it stands for more than one layer."""
        return self.family is None or bool(self.badge)

    def sentence(self) -> str:
        """Return the card as a sentence for screen readers."""
        problems = (problem.what for problem in self.problems)
        parts = [self.name, self.type, self.detail, self.shape, self.size_words, *problems]
        return ", ".join(part for part in parts if part)


PHRASES = {
    "kernel_size": "{}",
    "out_channels": "{} filters",
    "out_features": "{} units",
    "padding": "pad {}",
    "stride": "stride {}",
    "shape": "{}",
    "output_size": "to {}",
    "p": "p = {}",
}
"""Short forms of the most common parameters, in display order; others are shown by name."""

COUNTED = ("out_channels", "out_features")
"""Parameters whose unit has a singular: 1 filter, 2 filters."""

EXACT_BELOW = 100_000
"""Counts from here on are rounded on cards; the inspector shows them exactly."""

SQUARES = ("kernel_size", "output_size", "dilation")
"""Parameters of which a single number is shown as that of both sides: 5×5."""


def make_card(node: Node, blocks: Mapping[str, Graph], facts: Sequence[NodeFacts], problems: Sequence[Problem]) -> Card:
    """Return the card of one node, given the facts of all its uses."""
    words, shape = detail(node), shape_words(facts)
    return Card(
        key=node.name,
        name=node.name,
        type=node.type,
        family=LAYERS[node.type].family if node.type in LAYERS else None,
        # The only parameter of an Input is the shape, which the facts repeat.
        detail="" if words == shape else words,
        shape=shape,
        size_words=size_words(sum(fact.parameters for fact in facts)),
        badge=f"×{node.repeat}" if node.repeat > 1 else "",
        ports=ports_of(node.type, blocks),
        problems=tuple(problems),
    )


def ports_of(kind: str, blocks: Mapping[str, Graph]) -> Ports:
    """Return the ports of a layer or block; an unknown type gets one input and one output so that it can be drawn."""
    if kind in blocks:
        inputs, outputs = (tuple(node.name for node in nodes) for nodes in (blocks[kind].inputs, blocks[kind].outputs))
        return Ports(inputs=inputs, outputs=("",) if len(outputs) == 1 else outputs)
    return _layer_ports(kind)


@cache
def _layer_ports(kind: str) -> Ports:
    if kind not in LAYERS:
        return Ports(inputs=("x",), outputs=("",))
    layer = LAYERS[kind]
    many = bool(layer.input_ports) and layer.input_ports[-1].endswith("...")
    inputs = tuple(name.removesuffix("...") for name in layer.input_ports)
    return Ports(inputs=inputs, outputs=layer.output_ports, many=many)


def block_help(block: Graph) -> str:
    """Return a line about a block: its description, or its size."""
    return block.about or f"A block of {len(block.nodes)} nodes."


def detail(node: Node) -> str:
    """Return the parameters worth showing on a card: ``5×5, 6 filters, pad 2``; ``5 long, 6 filters`` for series."""
    values: dict[str, Value] = dict(node.parameters)
    if node.type in LAYERS:
        defaults = _defaults(node.type)
        values = {
            name: value for name, value in values.items() if name not in defaults or not same(value, defaults[name])
        }
    rank = {name: index for index, name in enumerate(PHRASES)}
    ordered = sorted(values, key=lambda name: rank.get(name, len(rank)))
    of_series = node.type in LAYERS and LAYERS[node.type].of_series
    return ", ".join([*_treated(node), *(_phrase(name, values[name], of_series=of_series) for name in ordered)])


def _treated(node: Node) -> list[str]:
    """Return how training treats the node, where that differs from the default."""
    drawn = [node.initialiser.type] if node.initialiser is not None else []
    rate = [] if node.lr_factor == 1 else [f"rate ×{node.lr_factor:g}"]
    return drawn + (["frozen"] if node.frozen else rate)


@cache
def _defaults(kind: str) -> Mapping[str, Value]:
    """Return a layer's default parameters, cached because thousands of cards use only a few layers."""
    return LAYERS[kind].defaults()


def _phrase(name: str, value: Value, *, of_series: bool) -> str:
    words = name.replace("_", " ")
    if isinstance(value, bool):
        return words if value else f"no {words}"
    if form_text.is_bound(value):
        return f"{PHRASES.get(name, words).replace('{}', '').strip() or words} = {form_text.show(value)[1:]}"
    text = form_text.show(value)
    if of_series and name == "kernel_size":
        text = f"{value} long"
    elif name in SQUARES and isinstance(value, int) and not of_series:
        text = f"{value}×{value}"
    elif isinstance(value, list | tuple):
        text = (", " if name == "dims" else "×").join(form_text.show(item) for item in value)
    said = PHRASES.get(name, words + " {}").format(text)
    return said.removesuffix("s") if name in COUNTED and value == 1 else said


def shape_words(facts: Sequence[NodeFacts]) -> str:
    """Return a node's output shape as text, ``6×28×28``; for a repeated node, that of its last repetition."""
    if not facts:
        return ""
    # An Output has no output shape: its input is the network's answer.
    given = facts[-1].output_shapes or facts[-1].input_shapes
    equal = len(given) > 1 and len(set(given)) == 1
    return f"each {describe(given[0])}" if equal else ", ".join(map(describe, given))


def size_words(parameters: int) -> str:
    """Return the number of parameters as short text, ``156 params`` or ``2.36 M params``; empty if there are none."""
    number = f"{parameters:,}" if parameters < EXACT_BELOW else quantities.count(parameters)
    return f"{number} param{'s' * (parameters != 1)}" if parameters else ""
