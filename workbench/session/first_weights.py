"""What an initialiser did to the layers' answers, in words for the terminal and the window."""

from collections.abc import Iterable

from workbench.events import WeightsDrawn


def sentence(drawn: WeightsDrawn) -> str:
    """``LSUV drew the weights of 5 layers: the variance of their answers was 0.01 to 0.4 and is 0.95 to 1.04.``"""
    was, now = ([getattr(layer, when) for layer in drawn.layers] for when in ("before", "after"))
    count = f"{len(drawn.layers)} layer{'s' * (len(drawn.layers) != 1)}"
    return f"{drawn.method} drew the weights of {count}: the variance of their answers was {_range(was)} and is {_range(now)}."


def lines(drawn: WeightsDrawn) -> list[str]:
    """A heading and a line for each layer, in columns."""
    width = max(len(layer.layer) for layer in drawn.layers)
    rows = [f"{layer.layer:<{width}}  {layer.before:>12.4g}  {layer.after:>12.4g}" for layer in drawn.layers]
    return [f"{'layer':<{width}}  {'torch':>12}  {drawn.method:>12}", *rows]


def _range(values: Iterable[float]) -> str:
    values = list(values)
    return f"{min(values):.3g} to {max(values):.3g}"
