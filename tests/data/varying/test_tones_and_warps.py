"""Augmentations of batches, against torchvision and Pillow on one picture at a time."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from torchvision.transforms import v2
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as TV

from workbench.data.augmentations.color_jitter import ColorJitter
from workbench.data.augmentations.rand_augment import RandAugment
from workbench.data.augmentations.random_crop import RandomCrop
from workbench.data.augmentations.random_erasing import RandomErasing
from workbench.data.augmentations.random_resized_crop import RandomResizedCrop
from workbench.data.augmentations.rotation import Rotation
from workbench.data.augmentations.shift import Shift
from workbench.data.augmentations.trivial_augment import TrivialAugment
from workbench.data.sources.photo_patches import PhotoPatches
from workbench.data.varying import tones
from workbench.data.varying.policies import RAND_AUGMENT, TRIVIAL_AUGMENT_WIDE, changed, changes

BILINEAR = InterpolationMode.BILINEAR
NUM_PICTURES = 24


@pytest.fixture(scope="module")
def pictures():
    """Real colour photographs, not square."""
    loaded = PhotoPatches().load((3, 32, 32), 0, lambda *_: None)
    return torch.from_numpy(loaded.train.inputs[:: len(loaded.train) // NUM_PICTURES][:NUM_PICTURES, :, 3:, :])


def numbers(low, high, seed=0):
    spread = torch.rand(NUM_PICTURES, generator=torch.Generator().manual_seed(seed))
    return low + (high - low) * spread


def one_by_one(pictures, strengths, change):
    return torch.stack(
        [change(picture, value) for picture, value in zip(pictures, strengths.tolist(), strict=True)]
    ).float()


@pytest.mark.parametrize(
    ("ours", "theirs", "low", "high", "most"),
    [
        (tones.brightened, TV.adjust_brightness, 0.1, 1.9, 1),
        (tones.contrasted, TV.adjust_contrast, 0.1, 1.9, 2),
        (tones.saturated, TV.adjust_saturation, 0.1, 1.9, 2),
        (tones.sharpened, TV.adjust_sharpness, 0.1, 1.9, 1),
        (tones.hue_turned, TV.adjust_hue, -0.5, 0.5, 2),
    ],
)
def test_a_tone_is_torchvisions(ours, theirs, low, high, most, pictures):
    strengths = numbers(low, high)
    expected = one_by_one(pictures, strengths, theirs)
    assert (ours(pictures.float(), strengths) - expected).abs().max() <= most


def test_autocontrast_and_equalize_are_pillows(pictures):
    for ours, theirs in ((tones.stretched, ImageOps.autocontrast), (tones.equalized, ImageOps.equalize)):
        for picture, answer in zip(pictures, ours(pictures.float()), strict=True):
            expected = theirs(Image.fromarray(np.moveaxis(picture.numpy(), 0, -1)))
            assert np.abs(np.moveaxis(np.asarray(expected), -1, 0) - answer.numpy()).max() <= 1


def test_posterize_and_solarize_are_torchvisions(pictures):
    bits = torch.arange(NUM_PICTURES) % 8 + 1
    expected = one_by_one(pictures, bits, TV.posterize)
    assert torch.equal(tones.posterized(pictures.float(), bits.float()), expected)
    thresholds = (torch.arange(NUM_PICTURES) * 10).float()
    assert torch.equal(tones.solarized(pictures.float(), thresholds), one_by_one(pictures, thresholds, TV.solarize))


def test_grey_pictures_have_no_colour_to_change(pictures):
    grey = pictures[:, :1].float()
    assert torch.equal(tones.hue_turned(grey, numbers(-0.5, 0.5)), grey)
    assert torch.allclose(tones.saturated(grey, numbers(0, 2)), grey, atol=1e-3)


def affine(**settings):
    """torchvision's affine transform about the upper left corner, as in its policies."""
    still = {"angle": 0.0, "translate": [0, 0], "scale": 1.0, "shear": [0.0, 0.0], "center": [0, 0]}
    return lambda picture: TV.affine(picture, **(still | settings), interpolation=BILINEAR)


def degrees(slope):
    return float(np.rad2deg(np.arctan(slope)))


@pytest.mark.parametrize("ranges", [RAND_AUGMENT, TRIVIAL_AUGMENT_WIDE])
def test_the_changes_of_a_policy_are_torchvisions(ranges, pictures):
    height, width = pictures.shape[-2:]
    table = changes(ranges)
    strength, sign = numbers(0.1, 1.0, 1), torch.where(numbers(0, 1, 2) < 0.5, -1.0, 1.0)
    ways = (strength * sign).tolist()
    most = ranges.move_pixels or ranges.move_share * width
    expected = {
        "Identity": list(pictures),
        "Rotate": [
            TV.rotate(picture, ranges.turn_degrees * way, interpolation=BILINEAR)
            for picture, way in zip(pictures, ways, strict=True)
        ],
        "Brightness": [
            TV.adjust_brightness(picture, 1 + ranges.tone * way) for picture, way in zip(pictures, ways, strict=True)
        ],
        "ShearX": [
            affine(shear=[degrees(ranges.shear * way), 0.0])(picture)
            for picture, way in zip(pictures, ways, strict=True)
        ],
        "ShearY": [
            affine(shear=[0.0, degrees(ranges.shear * way)])(picture)
            for picture, way in zip(pictures, ways, strict=True)
        ],
    }
    for name, adjust in (("Color", TV.adjust_saturation), ("Contrast", TV.adjust_contrast)):
        expected[name] = [adjust(picture, 1 + ranges.tone * way) for picture, way in zip(pictures, ways, strict=True)]
    for name, answers in expected.items():
        ours = table[name](pictures, strength, sign)
        difference = (ours.float() - torch.stack(answers).float()).abs()
        assert difference.mean() < 0.5, name  # rounding may decide how much black enters at the borders
        assert difference[:, :, 4:-4, 4:-4].max() <= 2, name
    moved = table["TranslateX"](pictures, torch.full((NUM_PICTURES,), 5 / most), torch.ones(NUM_PICTURES))
    assert torch.equal(moved[..., 5:], pictures[..., :-5]) and moved[..., :5].max() == 0
    assert height != width


@pytest.mark.parametrize(
    ("ranges", "theirs"), [(RAND_AUGMENT, v2.RandAugment), (TRIVIAL_AUGMENT_WIDE, v2.TrivialAugmentWide)]
)
def test_a_policy_goes_from_nothing_as_far_as_torchvisions(ranges, theirs, pictures):
    """At both ends of torchvision's own table, whose first column is no change and whose last the strongest."""
    height, width = pictures.shape[-2:]
    space = {name: magnitudes(31, height, width) for name, (magnitudes, _) in theirs._AUGMENTATION_SPACE.items()}
    table = changes(ranges)
    assert list(table) == list(space)
    tones_of = {"Brightness": TV.adjust_brightness, "Color": TV.adjust_saturation, "Contrast": TV.adjust_contrast}
    operations = {
        **{name: lambda value, adjust=adjust: adjust(pictures, 1 + value) for name, adjust in tones_of.items()},
        "Sharpness": lambda value: TV.adjust_sharpness(pictures, 1 + value),
        "Posterize": lambda value: TV.posterize(pictures, int(value)),
        "Solarize": lambda value: TV.solarize(pictures, 255 * value),
        "ShearX": lambda value: affine(shear=[degrees(value), 0.0])(pictures),
        "ShearY": lambda value: affine(shear=[0.0, degrees(value)])(pictures),
        "TranslateX": lambda value: affine(translate=[value, 0])(pictures),
        "TranslateY": lambda value: affine(translate=[0, value])(pictures),
        "Rotate": lambda value: TV.rotate(pictures, value, interpolation=BILINEAR),
    }
    for place, strength in ((0, 0.0), (15, 0.5), (30, 1.0)):
        for name, operation in operations.items():
            ours = table[name](pictures, torch.full((NUM_PICTURES,), strength), torch.ones(NUM_PICTURES))
            difference = (ours.float() - operation(space[name][place].item()).float()).abs()
            assert difference.mean() < 0.5, (name, strength)  # rounding may decide how much black enters


def test_each_picture_of_a_batch_has_its_own_change(pictures):
    """And it is the same in any batch."""
    draws = torch.rand(NUM_PICTURES, 13, generator=torch.Generator().manual_seed(4))
    for augmentation in (
        RandAugment(),
        TrivialAugment(),
        RandomResizedCrop(),
        Rotation(),
        ColorJitter(),
        RandomErasing(),
    ):
        mine = draws[:, : augmentation.num_draws]
        together = augmentation.apply(pictures, mine)
        alone = torch.cat([augmentation.apply(pictures[i : i + 1], mine[i : i + 1]) for i in range(NUM_PICTURES)])
        assert torch.equal(together, alone), type(augmentation).__name__
        assert len({picture.numpy().tobytes() for picture in together}) == NUM_PICTURES


@pytest.mark.parametrize("augmentation", [RandAugment, TrivialAugment])
def test_a_policy_has_strength_and_chance(augmentation, pictures):
    draws = torch.rand(NUM_PICTURES, augmentation.num_draws, generator=torch.Generator().manual_seed(4))

    def furthest(**settings):
        answer = augmentation(**settings).apply(pictures, draws)
        return (answer.float() - pictures.float()).abs().flatten(1).mean(1)

    assert (furthest(chance=0.0) == 0).all()
    some = furthest(chance=0.5)
    assert ((some == 0) | (some == furthest())).all() and 0 < (some == 0).sum() < NUM_PICTURES
    assert furthest(strength=0.1).mean() < furthest(strength=0.9).mean()


def test_colours_change_by_up_to_the_settings_one_after_the_other_as_torchvisions_do(pictures):
    draws = torch.rand(NUM_PICTURES, 5, generator=torch.Generator().manual_seed(4))
    jitter = ColorJitter(brightness=0.2, contrast=0.6, saturation=0.8, hue=0.3, chance=0.5)
    varied = jitter.apply(pictures, draws)
    for picture, answer, (chance, *drawn) in zip(pictures, varied, draws.tolist(), strict=True):
        brightness, contrast, saturation, hue = (2 * number - 1 for number in drawn)
        expected = TV.adjust_brightness(picture / 255, 1 + 0.2 * brightness)
        expected = TV.adjust_saturation(TV.adjust_contrast(expected, 1 + 0.6 * contrast), 1 + 0.8 * saturation)
        expected = TV.adjust_hue(expected, 0.3 * hue) if chance < 0.5 else picture / 255
        assert (answer - 255 * expected).abs().max() <= 1


def test_a_rotation_is_torchvisions_by_up_to_the_setting_in_either_direction(pictures):
    draws = torch.rand(NUM_PICTURES, 2, generator=torch.Generator().manual_seed(4))
    turned = Rotation(max_degrees=40, chance=0.5).apply(pictures, draws)
    for picture, answer, (chance, drawn) in zip(pictures, turned, draws.tolist(), strict=True):
        angle = 40 * (2 * drawn - 1) if chance < 0.5 else 0
        expected = TV.rotate(picture, angle, interpolation=BILINEAR)
        assert (answer.float() - expected.float()).abs().mean() < 0.5


def test_all_changes_are_equally_likely(pictures):
    choice = (torch.arange(1400) + 0.5) / 1400
    white = torch.full((1400, 1, 4, 4), 200, dtype=torch.uint8)
    answer = changed(white, RAND_AUGMENT, choice, torch.ones(1400), -torch.ones(1400))
    darker = (answer.flatten(1).float().mean(1) < 100).sum().item()
    assert darker == 200, "brightness and solarize, a hundred each"


def test_a_window_is_what_torchvision_crops_and_resizes(pictures):
    square = pictures[:, :, :28, :28]
    draws = torch.tensor([[0.0, 1 / 7, 3 / 7]]).expand(NUM_PICTURES, -1)
    cut = RandomCrop(share=0.5).apply(square, draws)
    expected = TV.resized_crop(square, top=6, left=2, height=14, width=14, size=[28, 28], antialias=False)
    inner = (slice(None), slice(None), slice(1, -1), slice(1, -1))  # borders see beyond the window
    assert (cut[inner].float() - expected[inner].float()).abs().max() <= 1


def test_resized_crops_have_areas_and_proportions_in_their_ranges():
    """A picture whose pixels encode their coordinates shows which window was cropped."""
    size = 64
    x = torch.arange(size).expand(size, size).to(torch.uint8) * 3
    picture = torch.stack((x, x.T, x))[None].expand(500, -1, -1, -1)
    draws = torch.rand(500, 5, generator=torch.Generator().manual_seed(0))
    cut = RandomResizedCrop(least_area=0.25, most_stretch=1.5).apply(picture, draws).float()
    across = (cut[:, 0, size // 2, -2] - cut[:, 0, size // 2, 1]) / 3 / (size - 3)
    down = (cut[:, 1, -2, size // 2] - cut[:, 1, 1, size // 2]) / 3 / (size - 3)
    area, stretch = across * down, across / down
    assert 0.22 < area.min() < 0.3 and area.max() > 0.9
    assert 1 / 1.6 < stretch.min() < 0.75 and 1.3 < stretch.max() < 1.6
    left, top = cut[:, 0, size // 2, 1] / 3 / (1 - across), cut[:, 1, 1, size // 2] / 3 / (1 - down)
    has_room = (across < 0.9) & (down < 0.9)
    assert np.corrcoef(torch.stack((left, top))[:, has_room])[0, 1] == pytest.approx(0, abs=0.15)


def test_erasing_covers_the_shares_it_says_with_the_mean(pictures):
    many = pictures[:1].expand(2000, -1, -1, -1)
    draws = torch.rand(2000, 5, generator=torch.Generator().manual_seed(0))
    erased = RandomErasing(least_area=0.1, most_area=0.3, chance=1.0, fill="black").apply(many + 1, draws)
    share = (erased.amax(1) == 0).float().mean((1, 2))
    assert 0.08 < share.min() < 0.12 and 0.26 < share.max() < 0.33
    assert share.mean() == pytest.approx(0.2, abs=0.01)
    down, right = ((erased.amax(1) == 0).any(axis).float() for axis in (2, 1))
    stretch = right.sum(1) / down.sum(1)
    assert 1 / 3.9 < stretch.min() < 0.35 and 2.8 < stretch.max() < 3.9
    for sides in (down, right):  # anywhere: at each end of the picture in as many, and wholly inside
        first, last = sides[:, 0].mean().item(), sides[:, -1].mean().item()
        assert 0.03 < first < 0.1 and last == pytest.approx(first, abs=0.02)
    at_random = RandomErasing(chance=0.25).apply(many, draws)
    touched = (at_random != many).flatten(1).any(1).float().mean()
    assert touched == pytest.approx(0.25, abs=0.03)
    mean = many[0].float().mean((1, 2)).round()
    first = torch.nonzero(erased[0].amax(0) == 0)[0]
    covered = RandomErasing(least_area=0.1, most_area=0.3, chance=1.0).apply(many, draws)[0]
    assert torch.equal(covered[:, first[0], first[1]].float(), mean)


@pytest.mark.parametrize(("fill", "mode"), [("edge", "edge"), ("mirror", "reflect")])
def test_a_shift_fills_the_border_as_torchvision_pads(fill, mode, pictures):
    most = 6
    padded = TV.pad(pictures, [most], padding_mode=mode)
    draws = torch.rand(NUM_PICTURES, 3, generator=torch.Generator().manual_seed(3))
    shifted = Shift(max_pixels=most, fill=fill).apply(pictures, draws)
    height, width = pictures.shape[-2:]
    for number, (_, down, right) in enumerate(draws.tolist()):
        top, left = int(down * (2 * most + 1)), int(right * (2 * most + 1))
        assert torch.equal(shifted[number], padded[number, :, top : top + height, left : left + width])
