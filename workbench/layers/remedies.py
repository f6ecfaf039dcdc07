"""Remedies that layers offer with their refusals."""

from collections.abc import Mapping

from workbench.layers.base import Shape, describe
from workbench.spec.record import Value
from workbench.spec.remedy import HERE, Insert, NewLayer, SetParameters


def setting(values: Mapping[str, Value]) -> SetParameters:
    """Return a remedy that sets the layer's own parameters."""
    said = " and ".join(f"{name.replace('_', ' ')} to {_shown(value)}" for name, value in values.items())
    return SetParameters(words=f"Set {said}", path=HERE, values=dict(values))


def _shown(value: Value) -> str:
    match value:
        case None:
            return "automatic"
        case list():
            return ", ".join(map(str, value))
    return str(value)


def inserting(*layers: NewLayer, port: int = 0) -> Insert:
    """Return a remedy that inserts layers before one of the layer's inputs."""
    return Insert(words=f"Insert {' and '.join(layer.type for layer in layers)}", path=HERE, port=port, layers=layers)


def one_or_two(sides: tuple[int, int]) -> Value:
    """Return a size as files have it: one number if both sides are equal."""
    return sides[0] if sides[0] == sides[1] else list(sides)


def largest_divisor(limit: int, *numbers: int, least: int) -> int | None:
    """Return the largest number from ``least`` to ``limit`` that divides all; None if there is none."""
    return next((d for d in range(limit, least - 1, -1) if all(number % d == 0 for number in numbers)), None)


def projecting(shapes: tuple[Shape, ...]) -> Insert | None:
    """Return what makes the inputs of an Add equal: a 1×1 convolution, or a Linear for vectors and tokens.

    It is inserted where the picture is larger or, with equal sizes, has fewer channels, and where vectors or tokens are
    narrower: that is the skip. None if more than one input would have to change, or no stride maps one size to the
    other.
    """
    if len({len(shape) for shape in shapes}) > 1 or len(set(shapes)) != 2 or len(shapes[0]) > 3:
        return None
    skip, main = sorted(set(shapes), key=lambda shape: (-shape[1], -shape[2], shape[0]) if len(shape) == 3 else shape)
    if shapes.count(skip) > 1:
        return None
    port = shapes.index(skip)
    if len(skip) == 1:
        return _as_wide(main[0], port)
    if len(skip) == 2:
        return _as_wide(main[1], port) if skip[0] == main[0] else None
    strides = [-(-larger // smaller) for larger, smaller in zip(skip[1:], main[1:], strict=True)]
    if any(
        -(-larger // stride) != smaller for larger, stride, smaller in zip(skip[1:], strides, main[1:], strict=True)
    ):
        return None
    stride = (strides[0], strides[1])
    parameters: dict[str, Value] = {"out_channels": main[0], "kernel_size": 1}
    words = f"Insert a 1×1 Conv2d with {main[0]} filters"
    if stride != (1, 1):
        parameters["stride"] = one_or_two(stride)
        words += f" and stride {stride[0] if stride[0] == stride[1] else describe(stride)}"
    return Insert(words=words, path=HERE, port=port, layers=(NewLayer(type="Conv2d", parameters=parameters),))


def _as_wide(width: int, port: int) -> Insert:
    layer = NewLayer(type="Linear", parameters={"out_features": width})
    return Insert(words=f"Insert a Linear with {width} units", path=HERE, port=port, layers=(layer,))
