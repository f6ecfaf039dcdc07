"""Regularisation: makes memorising harder. Active in training only."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from workbench.layers.base import Family, Layer, Refusal, Shape, Sum
from workbench.layers.checks import want_picture

Share = Annotated[float, Meta(ge=0, le=1, description="probability of setting a value to zero at each step")]


class Dropout(Layer):
    """Sets random values to zero at each training step (Srivastava et al. 2014).

    Like averaging many networks that share their weights; the remaining values are scaled up to keep the expected sum.
    """

    family = Family.REGULARISATION
    while_running = ("p",)

    p: Share = 0.5


class Dropout2d(Layer):
    """Sets whole channels to zero at each training step (Tompson et al. 2015)."""

    family = Family.REGULARISATION
    while_running = ("p",)

    p: Share = 0.5

    def check(self, x: Shape) -> None:
        want_picture(self, x, instead="Dropout")


class AlphaDropout(Layer):
    """Sets random values to SELU's lower limit at each training step, which keeps mean and variance.

    For self-normalising networks of SELUs (Klambauer et al. 2017, arXiv:1706.02515).
    """

    family = Family.REGULARISATION
    while_running = ("p",)

    p: Annotated[float, Meta(ge=0, lt=1, description="probability of dropping a value at each step")] = 0.5


class StochasticDepth(Layer):
    """Drops the whole branch for random pictures at each training step (Huang et al. 2016).

    Used at the end of a residual branch, where only the skip remains; branches that are kept are scaled up. In deep
    networks ``p`` increases with depth.
    """

    family = Family.REGULARISATION
    while_running = ("p",)

    p: Annotated[float, Meta(ge=0, le=1, description="probability of dropping the branch")] = 0.1
    mode: Annotated[Literal["row", "batch"], Meta(description="per picture, or for the whole batch at once")] = "row"


class GaussianSample(Layer):
    """Draws each number of a code from a normal distribution in training; in evaluation it is the mean.

    The first half of the input are the means, the second the logarithms of the variances: the reparameterisation of a
    variational autoencoder, through which gradients reach both. Kingma and Welling 2014, arXiv:1312.6114.
    """

    family = Family.REGULARISATION

    def check(self, x: Shape) -> None:
        if x[0] % 2:
            raise Refusal(
                f"{x[0]} numbers are no means and as many log variances",
                "make the layer before it output an even number",
            )

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        """Half of the numbers are means."""
        return (Sum(side=0, name="channels" if len(x) == 3 else "numbers", words=f"{x[0]} / 2"),)
