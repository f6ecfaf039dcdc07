"""Augmentations that move pixels move key points to where what they mark is then seen."""

import math

import pytest
import torch
from torchvision.transforms.v2 import functional as TV
from torchvision.tv_tensors import KeyPoints

from workbench.data import AUGMENTATIONS
from workbench.data.batches import Batches, varied
from workbench.data.dataset import Split
from workbench.data.varying.policies import MOVES, RAND_AUGMENT, TRIVIAL_AUGMENT_WIDE, maps_of
from workbench.data.varying.warp import carried, mirrors, moves, turns, windows

HEIGHT, WIDTH = 48, 80
SIZE = torch.tensor([WIDTH, HEIGHT])
NUM_PICTURES = 1000
MOVING = [name for name, each in AUGMENTATIONS.table.items() if each.moves_pixels]


def random(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(7))


def marked():
    """Black pictures with a white spot of 3×3 pixels each, and where its middle is, as fractions."""
    x, y = (random(NUM_PICTURES, 2) * (SIZE - 2)).long().add_(1).unbind(1)
    pictures = torch.zeros(NUM_PICTURES, 1, HEIGHT, WIDTH, dtype=torch.uint8)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            pictures[torch.arange(NUM_PICTURES), 0, y + down, x + right] = 255
    return pictures, (torch.stack((x, y), dim=1) + 0.5) / SIZE


def middles(pictures):
    """Where the light of each picture is on the average, in pixels; NaN without any."""
    light = pictures[:, 0].double()
    x, y = torch.arange(WIDTH) + 0.5, torch.arange(HEIGHT)[:, None] + 0.5
    return torch.stack([(light * places).sum((1, 2)) for places in (x, y)], dim=1) / light.sum((1, 2))[:, None]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        *[(name, {}) for name in MOVING],
        *[(name, {"chance": 0.4}) for name in MOVING],
        ("Shift", {"max_pixels": 30}),
        ("Rotation", {"max_degrees": 180}),
        ("RandomCrop", {"share": 0.4}),
        ("RandomResizedCrop", {"least_area": 0.1, "most_stretch": 3}),
        ("RandAugment", {"strength": 1, "num_changes": 4}),
    ],
)
def test_a_point_is_where_its_mark_is_seen(name, settings):
    """And outside, if the mark is."""
    augmentation = AUGMENTATIONS.make(name, settings)
    draws = random(NUM_PICTURES, augmentation.num_draws)
    pictures, points = marked()
    seen = augmentation.move(pictures, draws, is_mask=False)
    moved = carried(points, augmentation.maps(draws, (HEIGHT, WIDTH)), (HEIGHT, WIDTH)) * SIZE
    depth = torch.minimum(moved, SIZE - moved).amin(dim=1)  # below the nearest edge, in pixels
    inside, outside = depth > 12, depth < -12
    assert inside.sum() > 40 and (moved - points * SIZE).abs().amax() > 1
    assert not seen[outside].any()
    # Of several changes, the first may move a mark out, and the next its place in again.
    lit = inside & (seen != 0).flatten(1).any(1)
    assert torch.equal(lit, inside) or (name == "RandAugment" and lit.sum() > 0.9 * inside.sum())
    assert (middles(seen)[lit] - moved[lit]).norm(dim=1).max() < 1


def test_of_several_augmentations_each_moves_what_the_last_has_moved():
    names = ("Mirror", "ColorJitter", "Rotation", "RandomCrop", "Shift")
    augmentations = [AUGMENTATIONS.make(name, {}) for name in names]
    pictures, points = marked()
    targets = {"place": points, "number": points}
    seen = varied(pictures, augmentations, random(NUM_PICTURES, 14), targets, ["place"])
    moved = targets["place"] * SIZE
    inside = torch.minimum(moved, SIZE - moved).amin(dim=1) > 6
    assert inside.sum() > 40 and torch.equal(targets["number"], points)
    assert (middles(seen)[inside] - moved[inside]).norm(dim=1).max() < 1


def test_each_picture_of_a_batch_moves_its_own_points():
    pictures, points = marked()
    batches = Batches(
        Split(inputs=pictures, targets={"place": points}),
        mean=(0,),
        std=(1,),
        batch_size=64,
        augmentation=[AUGMENTATIONS.make("Shift", {"max_pixels": 8}), AUGMENTATIONS.make("Mirror", {})],
        points=["place"],
    )
    for batch in batches.epoch(3):
        moved = batch.targets["place"] * SIZE
        inside = torch.minimum(moved, SIZE - moved).amin(dim=1) > 2
        assert inside.sum() > 10
        assert (middles(batch.inputs)[inside] - moved[inside]).norm(dim=1).max() < 0.01
    for batch in batches.in_order():
        assert torch.equal(batch.targets["place"], points[batch.indices])


def test_augmentations_that_leave_pixels_in_place_leave_points_too():
    chosen = [AUGMENTATIONS.make(name, {}) for name in ("ColorJitter", "RandomErasing")]
    pictures, points = marked()
    targets = {"place": points}
    assert not torch.equal(varied(pictures, chosen, random(NUM_PICTURES, 10), targets, ["place"]), pictures)
    assert torch.equal(targets["place"], points)


def theirs(points, operation, **settings):
    """torchvision's answer for three points of a picture, in pixels."""
    boxed = KeyPoints(points.reshape(-1, 2) * SIZE, canvas_size=(HEIGHT, WIDTH))
    return operation(boxed, **settings).as_subclass(torch.Tensor).flatten()


def assert_as_torchvision(points, maps, expected):
    ours = carried(points, maps, (HEIGHT, WIDTH)).reshape(len(points), -1, 2) * SIZE
    torch.testing.assert_close(ours.flatten(1), torch.stack(list(expected)), atol=1e-3, rtol=1e-5)


def test_points_are_moved_as_by_torchvision():
    points = random(40, 6) * 1.4 - 0.2  # some outside
    degrees = (random(40) * 2 - 1) * 180
    turned = (theirs(each, TV.rotate, angle=angle) for each, angle in zip(points, degrees.tolist(), strict=True))
    assert_as_torchvision(points, turns(degrees, (HEIGHT, WIDTH)), turned)
    boxes = (random(40, 4) * torch.tensor([20, 10, 40, 20])).long() + 1
    crops = [dict(zip(("left", "top", "width", "height"), box, strict=True)) for box in boxes.tolist()]
    cropped = [
        theirs(each, TV.resized_crop, size=[HEIGHT, WIDTH], **crop) for each, crop in zip(points, crops, strict=True)
    ]
    shares = boxes / torch.cat((SIZE, SIZE))
    assert_as_torchvision(points, windows(*shares.unbind(1), (HEIGHT, WIDTH)), cropped)
    shifted = [
        theirs(each, TV.affine, angle=0, scale=1, shear=[0.0, 0.0], translate=[box[0], -box[1]])
        for each, box in zip(points, boxes.tolist(), strict=True)
    ]
    assert_as_torchvision(points, moves(boxes[:, 0].float(), -boxes[:, 1].float()), shifted)


def test_a_mirror_counts_from_the_edge_where_torchvision_counts_from_the_middle_of_the_first_pixel():
    points = random(40, 6)
    flipped = [theirs(each - 0.5 / SIZE.repeat(3), TV.horizontal_flip) + 0.5 for each in points]
    assert_as_torchvision(points, mirrors(torch.ones(40, dtype=torch.bool), (HEIGHT, WIDTH)), flipped)


@pytest.mark.parametrize("ranges", [RAND_AUGMENT, TRIVIAL_AUGMENT_WIDE])
def test_the_operations_of_a_policy_move_points_as_torchvisions_do(ranges):
    points, way = random(70, 6), random(70) * 2 - 1
    choice = (torch.arange(70) % 14 + 0.5) / 14
    most_x, most_y = (ranges.move_pixels or ranges.move_share * side for side in (WIDTH, HEIGHT))

    def moved(name, strength):
        slope = math.degrees(math.atan(ranges.shear * strength))
        given = {"angle": 0.0, "scale": 1.0, "translate": [0.0, 0.0], "shear": [0.0, 0.0], "center": [0.0, 0.0]}
        match name:
            case "ShearX":
                given["shear"] = [slope, 0.0]
            case "ShearY":
                given["shear"] = [0.0, slope]
            case "TranslateX":
                given["translate"] = [most_x * strength, 0.0]
            case "TranslateY":
                given["translate"] = [0.0, most_y * strength]
            case "Rotate":
                given |= {"angle": -ranges.turn_degrees * strength, "center": [WIDTH / 2, HEIGHT / 2]}
        return given

    names = [*MOVES, *["Brightness"] * 8]
    expected = [
        theirs(each, TV.affine, **moved(names[number % 14], strength))
        for number, (each, strength) in enumerate(zip(points, way.tolist(), strict=True))
    ]
    assert_as_torchvision(points, maps_of(ranges, choice, way, (HEIGHT, WIDTH)), expected)
