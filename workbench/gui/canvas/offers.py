"""Whether a layer would take a shape, before it is there: its own check is asked. No Qt, no torch."""

from collections.abc import Mapping

from workbench.layers import LAYERS
from workbench.layers.base import Refusal, Shape
from workbench.spec.catalogue import make
from workbench.spec.forms import starting_parameters
from workbench.spec.problems import SpecError
from workbench.spec.record import Value


def refusal(kind: str, shape: Shape, parameters: Mapping[str, Value] | None = None) -> str:
    """Why a layer does not take this shape as its first input, in its own words; empty where it does.

    Without ``parameters`` it is asked as it would be newly made. A block is never refused: what it takes shows only
    once it is written out. What the layer's declaration cannot say, such as
    parameters that are bound to the network's, counts as no refusal: the check of the network will say.
    """
    if kind not in LAYERS:
        return ""
    layer = LAYERS[kind]
    if len(layer.input_ports) > 1:
        return ""
    try:
        make(layer, dict(starting_parameters(layer) if parameters is None else parameters)).check(shape)
    except Refusal as found:
        return found.what
    except SpecError:
        return ""
    return ""
