"""Describes what initialisation did to the variance of the layers' outputs, for the terminal and the window."""

from collections.abc import Iterable

from workbench.events import LayerVariance, WeightsDrawn
from workbench.spec.words import plural
from workbench.training import INITIALISERS


def sentence(drawn: WeightsDrawn) -> str:
    """Return a summary: ``LSUV initialised 5 layers: the variance of their outputs was 0.01 to 0.4 and is now 0.95 to
    1.04.``
    """
    was, now = ([getattr(layer, when) for layer in drawn.layers] for when in ("before", "after"))
    count = plural(len(drawn.layers), "layer")
    *others, last = dict.fromkeys(_method(layer, drawn) for layer in drawn.layers)
    methods = f"{', '.join(others)} and {last}" if others else last
    return f"{methods} initialised {count}: the variance of their outputs was {_range(was)} and is now {_range(now)}."


def lines(drawn: WeightsDrawn) -> list[str]:
    """Return a heading and a line per layer, in columns: the variance of its outputs before and after."""
    rows = [("layer", "initialiser", "variance before", "after")] + [
        (layer.layer, _method(layer, drawn), f"{layer.before:#.4g}", f"{layer.after:#.4g}") for layer in drawn.layers
    ]
    name, method, before, after = (max(map(len, column)) for column in zip(*rows, strict=True))
    return [f"{a:<{name}}  {b:<{method}}  {c:>{before}}  {d:>{after}}" for a, b, c, d in rows]


def _method(layer: LayerVariance, drawn: WeightsDrawn) -> str:
    name = layer.method or drawn.method
    return INITIALISERS[name].title() if name in INITIALISERS else name


def _range(values: Iterable[float]) -> str:
    values = list(values)
    return f"{min(values):.3g} to {max(values):.3g}"
