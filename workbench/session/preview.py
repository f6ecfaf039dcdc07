"""Pictures as training would show them, before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.session.torch_loading import load_torch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.spec.experiment import DataRecipe


def preview(
    recipe: DataRecipe, pictures: NDArray[np.uint8], shape: tuple[int, int, int], seed: int, epochs: range
) -> NDArray[np.uint8]:
    """The pictures (uint8 [N, C, H, W]) at the network's size, and as each of these epochs varies them.

    ``shape`` is the Input's, (C, H, W). Gives uint8 [N, 1 + len(epochs), C, H, W]; the first of each row is unvaried.
    SpecError where an augmentation, the mixing or its settings are unknown. Takes its time, and loads torch where nobody has.
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
    looks = [fitted]
    for epoch in epochs:
        chance = torch.from_numpy(draws.uniforms(draws.key(seed, epoch), len(fitted), num_draws))
        look = varied(fitted, augmentations, chance)
        looks.append(look if mixing is None else mixing.mix(look, chance[:, used:])[0])
    return np.stack([look.numpy() for look in looks], axis=1)
