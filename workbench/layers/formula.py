"""Formulas, for what has no layer of its own."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from workbench.layers.base import Family, Layer, Refusal, Shape
from workbench.spec.problems import first_line

if TYPE_CHECKING:
    import torch
    from torch import nn

WEIGHT = re.compile(r"([A-Za-z_]\w*): ([\d, ]*?)( (?:float|bfloat|int|uint|bool)\d*)?\Z")
MAX_NUMBERS = 2**31


class Formula(Layer):
    """Computes a formula of torch functions: relu(x) * 2, or x0 - x1 for two inputs.

    Operations of imported networks that have no layer become formulas. A formula can have learnt weights.
    """

    family = Family.JOIN
    input_ports = ("x...",)
    least_inputs: ClassVar[int] = 1

    formula: Annotated[
        str, Meta(description="formula in x, or x0, x1, ...; batch is the batch size", extra={"start": "x"})
    ]
    weights: Annotated[
        tuple[str, ...],
        Meta(description="weights used in the formula, with their shapes; one with a dtype is not trained"),
    ] = ()

    def _declared(self) -> tuple[dict[str, tuple[int, ...]], dict[str, torch.dtype]]:
        """Return the weights' shapes by name, and the dtypes of those that are not learnt."""
        from workbench.layers.modules.formula import DTYPES

        shapes: dict[str, tuple[int, ...]] = {}
        fixed: dict[str, torch.dtype] = {}
        for text in self.weights:
            match = WEIGHT.match(text)
            dtype = match[3].strip() if match and match[3] else ""
            if match is None or (dtype and dtype not in DTYPES):
                raise Refusal(f"“{text}” does not declare a weight", "write a name and a shape: scale: 64, 1, 1")
            shapes[match[1]] = tuple(int(side) for side in match[2].split(",") if side.strip())
            if math.prod(shapes[match[1]]) > MAX_NUMBERS:
                raise Refusal(f"the weight {match[1]} is too large", "make it smaller")
            if dtype:
                fixed[match[1]] = DTYPES[dtype]
        return shapes, fixed

    def check(self, *shapes: Shape) -> None:
        from workbench.layers.modules.formula import FormulaError, read

        declared, _ = self._declared()
        try:
            _, wanted = read(self.formula, tuple(declared))
        except FormulaError as error:
            raise Refusal(str(error), "correct the formula in the inspector") from None
        if wanted != len(shapes):
            raise Refusal(
                f"the formula names {wanted} input{'s' * (wanted != 1)}, but {len(shapes)} are connected",
                "connect what is missing, or name each input in the formula",
            )
        self._try(*shapes)

    def _try(self, *shapes: Shape) -> None:
        """Compute it for two pictures on the meta device, and reject what torch rejects or is not one output per
        picture.
        """
        import torch

        try:
            with torch.device("meta"), torch.no_grad():
                y = self.build(*shapes)(*(torch.empty(2, *shape) for shape in shapes))
        except Exception as error:  # noqa: BLE001  # what torch raises depends on the function
            raise Refusal(
                f"the formula does not accept this input: {first_line(error)}", "correct the formula or its weights"
            ) from None
        if not isinstance(y, torch.Tensor) or y.shape[:1] != (2,) or not y.numel() or y.ndim < 2:
            raise Refusal("the formula does not give one output per picture", "keep the first dimension, the batch")

    def build(self, *shapes: Shape) -> nn.Module:
        """Whatever the formula returns."""
        from workbench.layers.modules.formula import Formula

        return Formula(self.formula, *self._declared())

    def window(self) -> str:
        """A formula may look at everything."""
        return "all"
