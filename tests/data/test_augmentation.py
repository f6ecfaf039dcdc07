import numpy as np
import pytest
import torch
from PIL import Image, ImageChops

from workbench.data import AUGMENTATIONS
from workbench.data.augmentations.mirror import Mirror
from workbench.data.augmentations.shift import Shift
from workbench.spec.forms import parameters_of


@pytest.fixture
def pictures():
    return torch.randint(1, 256, (64, 3, 9, 7), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def chance(pictures, num_draws):
    return torch.rand(len(pictures), num_draws, generator=torch.Generator().manual_seed(1))


def as_pillow(picture):
    return Image.fromarray(np.ascontiguousarray(np.moveaxis(picture.numpy(), 0, -1)))


def test_shift_is_what_pillow_calls_offset_with_black_moved_in(pictures):
    draws = chance(pictures, 3)
    shifted = Shift(max_pixels=2).apply(pictures, draws)
    assert shifted.shape == pictures.shape and shifted.dtype == torch.uint8
    for picture, answer, (_, down, right) in zip(pictures, shifted, draws.tolist(), strict=True):
        by = (2 - int(right * 5), 2 - int(down * 5))
        moved = Image.new("RGB", (7, 9))
        moved.paste(as_pillow(picture), by)
        assert ImageChops.difference(as_pillow(answer), moved).getbbox() is None


def test_shift_reaches_every_place_alike():
    picture = torch.zeros(1, 1, 7, 7, dtype=torch.uint8)
    picture[0, 0, 3, 3] = 255
    pictures = picture.expand(20_000, -1, -1, -1)
    seen = (Shift(max_pixels=1).apply(pictures, chance(pictures, 3)) > 0).float().mean(0)[0]
    assert torch.count_nonzero(seen) == 9
    assert torch.allclose(seen[2:5, 2:5], torch.tensor(1 / 9), atol=0.01)


def test_mirror_is_pillows(pictures):
    mirrored = Mirror(chance=1.0).apply(pictures, chance(pictures, 1))
    for picture, answer in zip(pictures, mirrored, strict=True):
        flipped = as_pillow(picture).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        assert ImageChops.difference(as_pillow(answer), flipped).getbbox() is None


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.25, 0.22, 0.28), (1.0, 0.999, 1)])
def test_the_chance_is_the_share_of_pictures(share, least, most):
    picture = torch.arange(9, dtype=torch.uint8).reshape(1, 1, 3, 3).expand(4000, -1, -1, -1)
    mirrored = Mirror(chance=share).apply(picture, chance(picture, 1))
    assert least <= (mirrored != picture).flatten(1).any(1).float().mean() <= most
    shifted = Shift(max_pixels=40, chance=share).apply(picture, chance(picture, 3))
    assert least <= (shifted != picture).flatten(1).any(1).float().mean() <= most


@pytest.mark.parametrize("name", list(AUGMENTATIONS.table))
def test_whether_a_picture_is_varied_says_nothing_about_how(name, pictures):
    """One random number decides on it, and is used for nothing else."""
    augmentation = AUGMENTATIONS.make(name, {"chance": 0.5})
    draws = chance(pictures, augmentation.num_draws)
    decides = 12 if name == "RandAugment" else 0
    draws[:, decides] = 0.4
    varied = augmentation.apply(pictures, draws)
    assert not torch.equal(varied, pictures)
    draws[:, decides] = 0.1
    assert torch.equal(augmentation.apply(pictures, draws), varied)
    draws[:, decides] = 0.6
    assert torch.equal(augmentation.apply(pictures, draws), pictures)


@pytest.mark.parametrize("name", list(AUGMENTATIONS.table))
def test_every_augmentation_has_a_form_and_leaves_what_it_is_given(name, pictures):
    augmentation = AUGMENTATIONS.make(name, {})
    assert parameters_of(type(augmentation)) and augmentation.help()
    before = pictures.clone()
    varied = augmentation.apply(pictures, chance(pictures, augmentation.num_draws))
    assert torch.equal(pictures, before)
    assert varied.shape == pictures.shape and varied.dtype == torch.uint8


@pytest.mark.parametrize("name", list(AUGMENTATIONS.table))
def test_how_pictures_lie_in_memory_changes_nothing(name, pictures):
    augmentation = AUGMENTATIONS.make(name, {})
    draws = chance(pictures, augmentation.num_draws)
    laid_otherwise = pictures.to(memory_format=torch.channels_last)
    assert torch.equal(augmentation.apply(laid_otherwise, draws), augmentation.apply(pictures, draws))
