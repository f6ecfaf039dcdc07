"""Receptive fields: how much of the input picture one output pixel sees, and how far apart neighbours see.

Araujo, Norris and Sim: Computing Receptive Fields of Convolutional Neural Networks. Distill, 2019.
"""

import math
from collections.abc import Sequence

from workbench.layers.base import Layer, Shape, Window
from workbench.spec.record import Record

EVERYTHING = "all"


class Field(Record):
    """``extent`` (height, width) in input pixels; ``jump`` is the distance between the fields of neighbouring pixels.

    Both may be fractional after layers that enlarge the picture.
    """

    extent: tuple[float, float]
    jump: tuple[float, float]

    @property
    def size(self) -> tuple[int, int]:
        """The whole pixels seen, (height, width)."""
        return math.ceil(self.extent[0]), math.ceil(self.extent[1])


PIXEL = Field(extent=(1.0, 1.0), jump=(1.0, 1.0))


def field_of_input(shape: Shape) -> Field | None:
    """Return the field of a picture's pixels, themselves; None for other inputs."""
    return PIXEL if len(shape) == 3 else None


def field_after(layer: Layer, inputs: Sequence[Field | str | None]) -> Field | str | None:
    """Return the field of a layer's outputs from those of its inputs: the widest of them, seen through its window."""
    if EVERYTHING in inputs:
        return EVERYTHING
    fields = [field for field in inputs if isinstance(field, Field)]
    if not fields:
        return None
    window = layer.window()
    if window == EVERYTHING:
        return EVERYTHING
    widest = Field(
        extent=(max(field.extent[0] for field in fields), max(field.extent[1] for field in fields)),
        jump=(max(field.jump[0] for field in fields), max(field.jump[1] for field in fields)),
    )
    return _through(window, widest) if isinstance(window, Window) else widest


def _through(window: Window, field: Field) -> Field:
    wider = [dilation * (kernel - 1) for kernel, dilation in zip(window.kernel, window.dilation, strict=True)]
    return Field(
        extent=(field.extent[0] + wider[0] * field.jump[0], field.extent[1] + wider[1] * field.jump[1]),
        jump=(field.jump[0] * window.stride[0], field.jump[1] * window.stride[1]),
    )
