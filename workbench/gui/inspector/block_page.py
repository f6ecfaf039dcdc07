"""What the inspector shows and edits of a block: its name, description, parameters and number of uses. No Qt."""

import json

from workbench.gui.forms import form_text
from workbench.layers import LAYERS
from workbench.spec import blocks, files
from workbench.spec.experiment import Architecture
from workbench.spec.graph import bound_to
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, Value
from workbench.spec.scopes import graph_at, num_uses, used


class BlockPage(Record):
    """One block. ``parameters`` are pairs of a name and a default, as typed."""

    name: str
    about: str
    num_uses: int
    parameters: tuple[tuple[str, str], ...]

    @property
    def used(self) -> str:
        """The number of uses as text."""
        return used(self.num_uses)


def block_page(architecture: Architecture, block: str) -> BlockPage:
    """Return the page of a block."""
    graph = graph_at(architecture, block)
    return BlockPage(
        name=block,
        about=graph.about,
        num_uses=num_uses(architecture, block),
        parameters=tuple((name, show_default(value)) for name, value in graph.parameters.items()),
    )


def show_default(value: Value) -> str:
    """Return a default as it is typed; ``read_default`` is the inverse."""
    if isinstance(value, str) and not isinstance(read_default(value), str):
        return json.dumps(value)  # text that looks like a number
    return "nothing" if value is None else form_text.show(value)


def read_default(text: str) -> Value:
    """Parse a typed default: a number (that JSON can hold), yes or no, nothing, a list of numbers, or else a text."""
    text = text.strip()
    words: dict[str, Value] = {"": None, "nothing": None, "yes": True, "no": False, "true": True, "false": False}
    if text.lower() in words:
        return words[text.lower()]
    try:
        read: Value = json.loads(
            f"[{text}]" if "," in text else text,
            parse_constant=_refuse,
            parse_int=files.read_integer,
            parse_float=files.read_number,
        )
    except ValueError:
        return text
    return read if isinstance(read, int | float | str) or _is_numbers(read) else text


def _refuse(name: str) -> Value:
    raise ValueError(name)


def _is_numbers(value: Value) -> bool:
    return isinstance(value, list) and all(isinstance(item, int | float) for item in value)


def renamed(architecture: Architecture, block: str, new: str) -> Architecture:
    """Return the network with a block renamed. Raises SpecError if a layer has the new name."""
    if new in LAYERS:
        raise SpecError(f"a layer is already called {new}: choose another name")
    return blocks.rename_block(architecture, block, new)


def parameter_added(architecture: Architecture, block: str) -> Architecture:
    """Return the network with another parameter of a block, with a provisional name."""
    taken = graph_at(architecture, block).parameters
    number = 1
    while f"parameter{number}" in taken:
        number += 1
    return blocks.set_parameter(architecture, block, f"parameter{number}", 1)


def bound(architecture: Architecture, scope: str, node: str, parameter: str, default: Value) -> Architecture:
    """Return the network with a node's parameter bound to a new parameter of its graph.

    The new parameter has the same name, or if that is taken, the name with a number. A ``default`` that is bound to
    another parameter stands for its value.
    """
    taken = graph_at(architecture, scope).parameters
    value = taken.get(bound_to(default) or "", default)
    name, number = parameter, 2
    while name in taken:
        name, number = f"{parameter}{number}", number + 1
    return blocks.bind_parameter(architecture, scope, node, parameter, name, value)
