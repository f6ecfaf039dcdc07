"""Whether a layer would accept a shape before it is added, according to its own check. No Qt, no torch."""

from collections.abc import Mapping

from workbench.layers import LAYERS
from workbench.layers.base import Refusal, Shape
from workbench.spec.catalogue import make
from workbench.spec.forms import starting_parameters
from workbench.spec.problems import SpecError
from workbench.spec.record import Value


def refusal(kind: str, shape: Shape, parameters: Mapping[str, Value] | None = None) -> str:
    """Return the layer's reason for not accepting this shape as its first input; empty if it accepts it.

    Without ``parameters`` the layer has its initial ones. A block is never refused, because what it accepts is known
    only once it is expanded. What the declaration cannot decide, such as parameters bound to those of the network, is
    not refused either: the check of the network will report it.
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
