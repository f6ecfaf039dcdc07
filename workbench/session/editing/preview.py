"""Preview of augmented and mixed pictures, as training would show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.session.torch_loading import load_torch
from workbench.spec.column import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from workbench.data.source import Examples
    from workbench.spec.experiment import DataRecipe


@dataclass(frozen=True, kw_only=True, eq=False)
class Looks:
    """``pictures``: uint8 [N, 1 + epochs, C, H, W], the first of each row unvaried. ``own``: float32 [N, 1 + epochs],
    the share of a picture and its target that is its own, the rest being that of the row above (for the first, of the
    last); None without mixing. ``points``: float32 [N, 1 + epochs, 2K], x and y of all key points, as fractions of the
    width and height.
    """

    pictures: NDArray[np.uint8]
    points: NDArray[np.float32]
    own: NDArray[np.float32] | None


def preview(
    recipe: DataRecipe,
    examples: Examples,
    columns: Sequence[Column],
    shape: tuple[int, int, int],
    seed: int,
    epochs: range,
) -> Looks:
    """Return these pictures and their key points at the network's size, and varied as in each of these epochs.

    ``columns`` are those of the data, ``shape`` is the Input's, (C, H, W). Raises SpecError if an augmentation, the
    mixing or its settings are invalid. Slow; imports torch if necessary.
    """
    load_torch()
    import numpy as np
    import torch

    from workbench.data.batches import varied
    from workbench.data.preparation import augmentations_of, mixing_of
    from workbench.data.varying import draws

    augmentations, mixing = augmentations_of(recipe), mixing_of(recipe)
    used = sum(augmentation.num_draws for augmentation in augmentations)
    num_draws = used + (mixing.num_draws if mixing else 0)
    pictures, points = _unvaried(examples, columns, shape)
    looks, places, shares = [pictures], [points], [torch.ones(len(examples))]
    for epoch in epochs:
        chance = torch.from_numpy(draws.uniforms(draws.key(seed, epoch), len(examples), num_draws))
        targets = {"points": points}
        look = varied(pictures, augmentations, chance, targets, targets.keys())
        places.append(targets["points"])
        if mixing is not None:
            look, own = mixing.mix(look, chance[:, used:])
            shares.append(own)
        looks.append(look)
    return Looks(
        pictures=np.stack([look.numpy() for look in looks], axis=1),
        points=np.stack([each.numpy() for each in places], axis=1),
        own=None if mixing is None else np.stack([own.numpy() for own in shares], axis=1),
    )


def _unvaried(examples: Examples, columns: Sequence[Column], shape: tuple[int, int, int]) -> tuple[Tensor, Tensor]:
    """Return the pictures at the network's size, uint8 [N, C, H, W], and all their key points, float32 [N, 2K]."""
    import numpy as np
    import torch

    from workbench.data.preparation import fitted
    from workbench.data.progress import silent

    pointing = [column for column in columns if column.kind == "keypoints"]
    prepared = fitted(examples, pointing, shape, silent)
    points = [np.empty((len(examples), 0), np.float32), *(prepared.targets[column.name] for column in pointing)]
    return torch.from_numpy(np.asarray(prepared.inputs)), torch.from_numpy(np.hstack(points))
