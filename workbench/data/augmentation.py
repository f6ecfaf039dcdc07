"""What an augmentation is: its parameters, and how pictures and chance become other pictures.

Chance is handed in: ``num_draws`` uniform numbers a picture, which depend on (seed, epoch, picture) alone. So a
picture is varied alike whatever batch it is in, and a resumed epoch goes on as if it had never stopped. torch is
imported by methods alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from workbench.spec.catalogue import Declared

if TYPE_CHECKING:
    from torch import Tensor

Chance = Annotated[float, Meta(ge=0, le=1, description="probability of applying it to a picture")]


class Augmentation(Declared):
    """Base of every augmentation."""

    abstract: ClassVar[bool] = True
    num_draws: ClassVar[int]
    """How many random numbers it needs for each picture."""

    moves_pixels: ClassVar[bool] = False
    """Whether it moves pixels: then those of a mask or a picture to be answered are moved along with the input's, by
    ``move``. What only changes their values is done to the input alone.
    """

    def apply(self, pictures: Tensor, draws: Tensor) -> Tensor:
        """Vary ``pictures`` (uint8 [B, C, H, W]) as ``draws`` (float32 [B, num_draws], 0 <= x < 1) say.

        Gives pictures of the same shape and type on the same device; the one handed in stays as it is.
        """
        raise NotImplementedError

    def move(self, targets: Tensor, draws: Tensor, *, is_mask: bool) -> Tensor:
        """``targets`` (uint8 [B, C, H, W]) with their pixels moved as ``apply`` moves those of the pictures.

        A mask's values are names, which cannot be mixed; what comes in from outside is 0 there too: of no class.
        """
        raise NotImplementedError
