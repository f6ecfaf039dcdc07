"""The words in the code: class names, docstrings, shapes."""

import textwrap

from workbench.export.code.forward import WIDTH
from workbench.export.code.uses import NETWORK, Network
from workbench.layers.base import Shape
from workbench.spec.experiment import Architecture


def about(architecture: Architecture) -> str:
    """Return the description of the file."""
    return f"{architecture.name}: {architecture.about}" if architecture.about else f"{architecture.name}."


def summary(name: str, network: Network) -> str:
    """Return the description of a class: a block's own, else where it is used; for the network, its shapes."""
    graph = network.graph(name)
    if name == NETWORK:
        takes = [bracketed(network.facts[node.name].output_shapes[0]) for node in graph.inputs]
        gives = [bracketed(network.facts[node.name].input_shapes[0]) for node in graph.outputs]
        return f"{', '.join(takes)} -> {', '.join(gives)}."
    if graph.about:
        return graph.about
    places = [use.prefix.rstrip(".") for use in network.uses[name]]
    return f"Used as {', '.join(places)}." if len(places) <= 4 else f"Used {len(places)} times, first as {places[0]}."


def bracketed(shape: Shape) -> str:
    """Return a shape with its batch: ``[N, 3, 32, 32]``."""
    return f"[{', '.join(['N', *map(str, shape)])}]"


def docstring(words: str, indent: str) -> str:
    """Return a docstring and an empty line: on one line if it fits, else with the first sentence on its own."""
    words = words.replace("\\", "\\\\").replace('"""', "'''").strip()
    if len(words) + len(indent) + 6 <= WIDTH:
        return f'{indent}"""{words}"""\n'
    room = WIDTH - len(indent)
    first, rest = words.partition(". ")[::2]
    if rest and len(first) + 4 <= room:
        lines = [f"{first}.", "", *textwrap.wrap(rest, room, break_long_words=False)]
    else:
        lines = textwrap.wrap(f'"""{words}', room, break_long_words=False)
        lines[0] = lines[0].removeprefix('"""')
    text = "\n".join([f'"""{lines[0]}', *lines[1:], '"""'])
    return textwrap.indent(text, indent) + "\n"


def class_names(network: Network) -> dict[str, str]:
    """Return a unique identifier for each class, different from those of included modules."""
    taken = {"Tensor", "F", *(network.call(path).name for path in network.layers)}
    names: dict[str, str] = {}
    for block in network.uses:
        wish = _identifier(network.architecture.name if block == NETWORK else block)
        while wish in names.values() or wish in taken:
            wish += "Network" if block == NETWORK else "Block"
        names[block] = wish
    return names


def _identifier(name: str) -> str:
    spaced = "".join(character if character.isalnum() else " " for character in name)
    letters = "".join(word[:1].upper() + word[1:] for word in spaced.split())
    return letters if letters.isidentifier() else f"Network{letters}"
