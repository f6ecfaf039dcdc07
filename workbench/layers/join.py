"""Joins of branches."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from workbench.layers.base import Family, Layer, Refusal, Shape, Sum, describe
from workbench.layers.checks import PICTURE, TOKENS, VECTOR, position
from workbench.layers.remedies import inserting, projecting
from workbench.spec.remedy import NewLayer, Remedy


def _listed(shapes: tuple[Shape, ...]) -> str:
    return " and ".join(describe(shape) for shape in shapes)


class Add(Layer):
    """Adds its inputs elementwise: the skip connection of ResNet (He et al. 2016)."""

    family = Family.JOIN
    input_ports = ("x...",)

    def check(self, *shapes: Shape) -> None:
        if len(set(shapes)) > 1:
            raise Refusal(
                f"Add expects equal shapes, but gets {_listed(shapes)}", self._mend(shapes), projecting(shapes)
            )

    @staticmethod
    def _mend(shapes: tuple[Shape, ...]) -> str:
        if {len(shape) for shape in shapes} != {PICTURE}:
            return "make the shapes equal before Add"
        if len({shape[1:] for shape in shapes}) == 1:
            return "put a 1×1 Conv2d on the skip, with as many filters as the other branch has channels"
        if projecting(shapes) is None:
            return "make the branches the same size: padding keeps the size, a stride divides it"
        return "give the skip the same stride: a 1×1 Conv2d with that stride, and as many filters as the other branch"

    def code(self, *inputs: str) -> str:
        return " + ".join(inputs)


class Subtract(Layer):
    """The first input minus the second: what changes, or what a pool takes away (Yu et al. 2022, PoolFormer)."""

    family = Family.JOIN
    input_ports = ("x", "y")

    def check(self, x: Shape, y: Shape) -> None:
        if x != y:
            raise Refusal(
                f"Subtract expects equal shapes, but gets {_listed((x, y))}", "make the shapes equal before Subtract"
            )

    def code(self, *inputs: str) -> str:
        return f"{inputs[0]} - {inputs[1]}"


class MatrixProduct(Layer):
    """Multiplies two matrices of each picture, or one for each head: rows of the first by columns of the second."""

    family = Family.JOIN
    input_ports = ("x", "y")

    def check(self, x: Shape, y: Shape) -> None:
        if min(len(x), len(y)) < TOKENS or x[:-2] != y[:-2] or x[-1] != y[-2]:
            raise Refusal(
                f"the matrices {describe(x)} and {describe(y)} cannot be multiplied",
                "give the second as many rows as the first has columns, and all other sides the same",
            )

    def code(self, *inputs: str) -> str:
        return f"{inputs[0]} @ {inputs[1]}"

    def window(self) -> str:
        """Each entry depends on a whole row and column."""
        return "all"


class Multiply(Layer):
    """Multiplies its inputs elementwise; sides of 1 are broadcast.

    Squeeze-and-excitation scales channels in this way (Hu et al. 2018): C×H×W times C×1×1.
    """

    family = Family.JOIN
    input_ports = ("x...",)

    def check(self, *shapes: Shape) -> None:
        same_rank = len({len(shape) for shape in shapes}) == 1
        if same_rank and all(len(set(sides) - {1}) <= 1 for sides in zip(*shapes, strict=True)):
            return
        vectors = [shape for shape in shapes if len(shape) == VECTOR]
        mend = (
            f"add Reshape to {vectors[0][0]}×1×1 after the vector"
            if vectors and not same_rank
            else "make the shapes equal, or a side 1"
        )
        raise Refusal(
            f"Multiply expects equal sides or sides of 1, but gets {_listed(shapes)}", mend, self._remedy(shapes)
        )

    @staticmethod
    def _remedy(shapes: tuple[Shape, ...]) -> Remedy | None:
        """Reshape the only vector to C×1×1, if its length is the number of channels of the pictures."""
        vectors = [index for index, shape in enumerate(shapes) if len(shape) == VECTOR]
        pictures = [shape for shape in shapes if len(shape) == PICTURE]
        if len(vectors) != 1 or len(pictures) != len(shapes) - 1 or len(set(pictures)) != 1:
            return None
        (channels,) = shapes[vectors[0]]
        if channels != pictures[0][0]:
            return None
        return inserting(NewLayer(type="Reshape", parameters={"shape": [channels, 1, 1]}), port=vectors[0])

    def code(self, *inputs: str) -> str:
        return " * ".join(inputs)


class Concat(Layer):
    """Concatenates its inputs, by default along the channels.

    The join of Inception (Szegedy et al. 2015) and of DenseNet (Huang et al. 2017).
    """

    family = Family.JOIN
    input_ports = ("x...",)

    dim: Annotated[int, Meta(description="dimension to concatenate along; 1 is the channels, 0 the batch")] = 1

    def check(self, *shapes: Shape) -> None:
        index = position(self, self.dim, shapes[0])
        rests = {(*shape[:index], *shape[index + 1 :]) if len(shape) == len(shapes[0]) else shape for shape in shapes}
        if len(rests) > 1 or len({len(shape) for shape in shapes}) > 1:
            raise Refusal(
                f"Concat along dimension {self.dim} expects all other sides equal, but gets {_listed(shapes)}",
                "make height and width equal: padding in the branches' convolutions, or the same stride",
            )

    def arithmetic(self, *shapes: Shape) -> tuple[Sum, ...]:
        index = position(self, self.dim, shapes[0])
        name = "channels" if len(shapes[0]) == PICTURE and index == 0 else "entries"
        return (Sum(side=index, name=name, words=" + ".join(str(shape[index]) for shape in shapes)),)

    def code(self, *inputs: str) -> str:
        return f"torch.cat(({', '.join(inputs)}), dim={self.dim})"
