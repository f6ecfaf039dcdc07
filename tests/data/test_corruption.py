"""Corrupted inputs: new for each picture and epoch, reproducible from the seed, and masks move along."""

import numpy as np
import pytest
import torch
from PIL import Image

from tests.training.columns import digits_with_columns
from workbench.data import AUGMENTATIONS, CORRUPTIONS
from workbench.data.batches import Batches
from workbench.data.preparation import prepare
from workbench.data.source import DataError
from workbench.data.varying import draws, noise
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe


@pytest.fixture(scope="module")
def data():
    return digits_with_columns()


def batches(data, **options):
    return Batches(data.train, mean=data.mean, std=data.std, batch_size=64, seed=3, **options)


def test_random_numbers_on_the_device_are_numpys_own():
    start = draws.key(7, 2)
    keys = noise.picture_keys(start, torch.arange(50))
    assert np.array_equal(noise.uniforms_of(keys, 9).numpy(), draws.uniforms(start, 50, 9))
    normals = noise.normals(keys, 4000)
    assert normals.isfinite().all() and abs(normals.mean()) < 0.01 and abs(normals.std() - 1) < 0.01
    tails = (normals.abs() > 1.96).float().mean()
    assert tails == pytest.approx(0.05, abs=0.002)


def test_noise_is_fresh_in_each_epoch_and_the_same_in_each_measuring(data):
    noisy = batches(data, corruption=CORRUPTIONS.make("Noise", {"strength": 0.1}), targets=["picture"])

    def by_picture(passed):
        parts = list(passed)
        places = torch.cat([batch.indices for batch in parts]).argsort()
        inputs, clean = [batch.inputs for batch in parts], [batch.targets["picture"] for batch in parts]
        return torch.cat(inputs)[places], torch.cat(clean)[places]

    (first, clean), (second, also), (again, _) = (by_picture(noisy.epoch(epoch)) for epoch in (0, 1, 0))
    assert torch.equal(first, again) and not torch.equal(first, second) and torch.equal(clean, also)
    measured = [by_picture(noisy.in_order())[0] for _ in range(2)]
    assert torch.equal(*measured) and not torch.equal(measured[0], first)
    pictures = data.train.inputs.float() / 255
    assert torch.equal(clean, pictures)
    back = first * data.std[0] + data.mean[0]
    middle = (pictures > 0.4) & (pictures < 0.6)
    assert (back - pictures)[middle].std() == pytest.approx(0.1, abs=0.003)
    assert back.min() >= -1e-6 and back.max() <= 1 + 1e-6


def test_an_epoch_begun_in_its_middle_is_the_tail_of_the_whole(data):
    noisy = batches(data, corruption=CORRUPTIONS.make("Noise", {}), targets=["picture"])
    whole, tail = list(noisy.epoch(1)), list(noisy.epoch(1, start=5))
    assert all(torch.equal(one.inputs, other.inputs) for one, other in zip(whole[5:], tail, strict=True))


def test_erase_blackens_a_rectangle_of_each_picture():
    white = torch.full((40, 3, 20, 10), 255, dtype=torch.uint8)
    erased = CORRUPTIONS.make("Erase", {"side": 0.5}).apply(white, noise.picture_keys(1, torch.arange(40)))
    holes = (erased == 0).all(dim=1)
    assert (holes.sum(dim=(1, 2)) == 10 * 5).all() and torch.equal((erased == 0).any(dim=1), holes)
    assert (holes.any(dim=2).sum(dim=1) == 10).all() and len(torch.unique(holes.flatten(1), dim=0)) > 10


def test_super_resolution_reads_larger_pictures_and_shrinks_them_by_pillows_box():
    recipe = DataRecipe(source=Component(type="PhotoPatches"), corruption=Component(type="Downscale"))
    data = prepare(recipe, input_shape=(3, 16, 16), seed=0)
    assert data.train.inputs.shape[1:] == (3, 32, 32)
    assert data.columns[-1].name == "picture" and data.columns[-1].answer == (3, 32, 32)
    passed = Batches(
        data.train, mean=data.mean, std=data.std, batch_size=8, corruption=data.corruption, targets=["picture"]
    )
    batch = next(passed.in_order())
    assert batch.inputs.shape == (8, 3, 16, 16) and batch.targets["picture"].shape == (8, 3, 32, 32)
    small = (batch.inputs[0] * torch.tensor(data.std)[:, None, None] + torch.tensor(data.mean)[:, None, None]) * 255
    theirs = Image.fromarray(data.train.inputs[0].permute(1, 2, 0).numpy()).reduce(2)
    assert np.abs(small.permute(1, 2, 0).numpy() - np.asarray(theirs)).max() <= 1.01


def test_what_moves_pixels_moves_masks_and_pictures_along(data):
    chosen = [AUGMENTATIONS.make("Shift", {"max_pixels": 2}), AUGMENTATIONS.make("Mirror", {})]
    moved = batches(data, augmentation=chosen, targets=["stroke", "picture", "class"])
    for batch in moved.epoch(0):
        shown = batch.inputs * data.std[0] + data.mean[0]
        assert torch.allclose(shown, batch.targets["picture"], atol=1e-6)
        stroke = batch.targets["stroke"]
        # What is shifted in and the unlabelled corner have no class; everything else follows the picture.
        assert ((stroke == 1) <= (batch.targets["picture"][:, 0] > 0.5)).all()
        assert ((stroke == 0) <= (batch.targets["picture"][:, 0] < 0.5)).all()
    shifted = batch.targets["stroke"] == -100
    assert shifted.float().mean() > 1 / 64, "more than the corners"


class Darker(AUGMENTATIONS.base):
    """Halves every value; defined here, so that it is in no catalogue."""

    num_draws = 1

    def apply(self, pictures, draws):
        return pictures // 2


def test_what_changes_values_is_done_to_the_input_alone(data):
    batch = next(batches(data, augmentation=[Darker()], targets=["picture"]).epoch(0))
    assert torch.equal(batch.targets["picture"], data.train.inputs[batch.indices].float() / 255)
    shown = (batch.inputs * data.std[0] + data.mean[0]) * 255
    assert torch.allclose(shown, (data.train.inputs[batch.indices] // 2).float(), atol=1e-3)


@pytest.mark.parametrize("name", AUGMENTATIONS.table)
def test_targets_are_moved_as_pictures_are_and_masks_unmixed(name):
    """Augmentations that keep values may only move the marks; the others may not move anything."""
    augmentation = AUGMENTATIONS.make(name, {})
    draws = torch.rand(300, augmentation.num_draws, generator=torch.Generator().manual_seed(5))
    marked = torch.zeros(300, 1, 20, 20, dtype=torch.uint8)
    marked[:, :, 4:9, 6:12], marked[:, :, 12:16, 3:9] = 100, 200
    varied = augmentation.apply(marked, draws)
    if not augmentation.moves_pixels:
        assert torch.equal(varied != 0, marked != 0) or name in ("ColorJitter", "RandomErasing")
        return
    moved, mask = (augmentation.move(marked, draws, is_mask=is_mask) for is_mask in (False, True))
    assert set(mask.unique().tolist()) == {0, 100, 200}, "no value between two names"
    assert (mask != marked).any() and (mask.float() - moved.float()).abs().mean() < 6
    alike = (varied == moved).flatten(1).all(1)
    assert alike.all() or (name in ("RandAugment", "TrivialAugment") and 0.1 < alike.float().mean() < 1)
    changed = (varied != moved).flatten(1).any(1) & (moved != marked).flatten(1).any(1)
    assert not changed.any() or name == "RandAugment", "which makes two changes, so that one may move and one not"


def test_points_cannot_be_corrupted():
    recipe = DataRecipe(source=Component(type="XOR"), corruption=Component(type="Noise"))
    with pytest.raises(DataError, match="Noise works on pictures, but XOR gives points: remove it"):
        prepare(recipe, input_shape=(2,), seed=0)


def test_columns_that_no_head_wants_are_not_carried_along(data):
    batch = next(batches(data, targets=["class"]).epoch(0))
    assert batch.targets.keys() == {"class"}
