"""Preview of augmented and mixed pictures, as training would show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.session.torch_loading import load_torch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.spec.experiment import DataRecipe


@dataclass(frozen=True, kw_only=True, eq=False)
class Looks:
    """``pictures``: uint8 [N, 1 + epochs, C, H, W], the first of each row unvaried. ``own``: float32 [N, 1 + epochs],
    the share of a picture and its target that is its own, the rest being that of the row above (for the first, of the
    last); None without mixing.
    """

    pictures: NDArray[np.uint8]
    own: NDArray[np.float32] | None


def preview(
    recipe: DataRecipe, pictures: NDArray[np.uint8], shape: tuple[int, int, int], seed: int, epochs: range
) -> Looks:
    """Return the pictures (uint8 [N, C, H, W]) at the network's size, and varied as in each of these epochs.

    ``shape`` is the Input's, (C, H, W). Raises SpecError if an augmentation, the mixing or its settings are invalid.
    Slow; imports torch if necessary.
    """
    load_torch()
    import numpy as np
    import torch

    from workbench.data import draws
    from workbench.data.batches import varied
    from workbench.data.pictures import fit_all
    from workbench.data.preparation import augmentations_of, mixing_of
    from workbench.data.progress import silent

    augmentations = augmentations_of(recipe)
    mixing = mixing_of(recipe)
    used = sum(augmentation.num_draws for augmentation in augmentations)
    num_draws = used + (mixing.num_draws if mixing else 0)
    fitted = torch.from_numpy(fit_all(pictures, shape, silent))
    looks, shares = [fitted], [torch.ones(len(fitted))]
    for epoch in epochs:
        chance = torch.from_numpy(draws.uniforms(draws.key(seed, epoch), len(fitted), num_draws))
        look = varied(fitted, augmentations, chance)
        if mixing is not None:
            look, own = mixing.mix(look, chance[:, used:])
            shares.append(own)
        looks.append(look)
    return Looks(
        pictures=np.stack([look.numpy() for look in looks], axis=1),
        own=None if mixing is None else np.stack([own.numpy() for own in shares], axis=1),
    )
