"""Base of augmentations: parameters, and how pictures and random numbers become varied pictures.

Randomness is passed in: ``num_draws`` uniform numbers per picture, which depend only on (seed, epoch, picture). So a
picture is varied alike whatever batch it is in, and a resumed epoch continues as if it had never stopped. Only methods
import torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from workbench.spec.catalogue import Declared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

Chance = Annotated[float, Meta(ge=0, le=1, description="probability of applying it to a picture")]


class Augmentation(Declared):
    """Base of every augmentation."""

    abstract: ClassVar[bool] = True
    num_draws: ClassVar[int]
    """The number of random numbers needed per picture."""

    moves_pixels: ClassVar[bool] = False
    """Whether it moves pixels: if so, ``move`` moves those of target masks and pictures along with the input's, and
    key points follow ``maps``.

    An augmentation that only changes values applies to the input alone.
    """

    chooses_pictures: ClassVar[bool] = False
    """Whether ``draws`` stay on the CPU, since they decide which pictures an operation gets: reading them back from a
    GPU would wait for it. Otherwise they are on the pictures' device.
    """

    def apply(self, pictures: Tensor, draws: Tensor) -> Tensor:
        """Vary ``pictures`` (uint8 [B, C, H, W]) according to ``draws`` (float32 [B, num_draws], 0 <= x < 1).

        Returns pictures of the same shape and type on the same device; the argument is not changed.
        """
        raise NotImplementedError

    def move(self, targets: Tensor, draws: Tensor, *, is_mask: bool) -> Tensor:
        """Return ``targets`` (uint8 [B, C, H, W]) with their pixels moved as ``apply`` moves those of the pictures.

        A mask's values are classes, which cannot be interpolated; pixels from outside become 0, unlabelled.
        """
        raise NotImplementedError

    def maps(self, draws: Tensor, size: Sequence[int]) -> Tensor:
        """Return how ``apply`` moves the pixels of pictures of ``size`` (H, W) for these draws: float32 [B, 2, 3] on
        their device, from a place in the varied picture to one in the picture, as for ``warp``.
        """
        raise NotImplementedError


class Warping(Augmentation):
    """Base of augmentations that do nothing but look up each pixel where ``maps`` says."""

    abstract: ClassVar[bool] = True
    moves_pixels = True

    def apply(self, pictures: Tensor, draws: Tensor, nearest: bool = False) -> Tensor:
        """Each pixel is looked up where its map says."""
        from workbench.data.varying.warp import warp

        return warp(pictures, self.maps(draws, pictures.shape[-2:]), nearest)

    def move(self, targets: Tensor, draws: Tensor, *, is_mask: bool) -> Tensor:
        return self.apply(targets, draws, nearest=is_mask)
