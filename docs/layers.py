"""Writes layers.md from the catalogue: every layer, what it does, and its settings.

    ./run python docs/layers.py

A test checks that the page is up to date.
"""

from pathlib import Path

from workbench.durable import write_text
from workbench.layers import LAYERS
from workbench.layers.base import Family, Layer
from workbench.spec.forms import Parameter, parameters_of

PAGE = Path(__file__).parent / "layers.md"
INTRODUCTION = """\
# The layers

Every layer of the palette, by family. Settings without a value have to be given; a layer dropped onto the canvas begins
with a usual one. Names and defaults are torch's where torch has the layer, and so are its numbers: each is compared with
torch in `tests/layers`, exported to ONNX and run there, and written as PyTorch code. A network
[from torch](import.md) that uses one, as a module or as a function, comes in with it.
"""


def page() -> str:
    """The text of the page."""
    parts = [INTRODUCTION]
    for family in Family:
        rows = "\n".join(_row(name, layer) for name, layer in LAYERS.table.items() if layer.family == family)
        parts.append(f"## {family}\n\n| layer | what it does | settings |\n|---|---|---|\n{rows}\n")
    return "\n".join(parts)


def _row(name: str, layer: type[Layer]) -> str:
    settings = "; ".join(map(_setting, parameters_of(layer)))
    return f"| `{name}` | {layer.help().replace('``', '`')} | {settings or '–'} |"


def _setting(parameter: Parameter) -> str:
    value = "" if parameter.required or parameter.default is None else f" = {parameter.default}"
    return f"`{parameter.name}{value}` {parameter.help}"


if __name__ == "__main__":
    write_text(PAGE, page())
