import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workbench.data import AUGMENTATIONS
from workbench.data import batches as batches_module
from workbench.data.augmentations.mirror import Mirror
from workbench.data.augmentations.shift import Shift
from workbench.data.batches import Batches
from workbench.data.dataset import Split
from workbench.spec.column import PICTURE

NUM_PICTURES = 107
VARIED = (Shift(max_pixels=2), Mirror())


def pictures(num=NUM_PICTURES):
    generator = torch.Generator().manual_seed(0)
    return Split(
        inputs=torch.randint(0, 256, (num, 3, 8, 8), dtype=torch.uint8, generator=generator),
        targets={
            "class": torch.arange(num) % 10,
            "weight": torch.rand(num, generator=generator),
            "corners": torch.rand(num, 4, generator=generator),
        },
    )


def batches(batch_size=16, seed=3, augmentation=VARIED, split=None, **more):
    return Batches(
        split or pictures(),
        mean=(0.5, 0.4, 0.3),
        std=(0.2, 0.3, 0.4),
        batch_size=batch_size,
        seed=seed,
        augmentation=augmentation,
        points=("corners",),
        **more,
    )


def gathered(iterator):
    """The order of the pictures, and the inputs sorted by picture."""
    found = list(iterator)
    order = torch.cat([batch.indices for batch in found])
    return order, torch.cat([batch.inputs for batch in found])[order.argsort()]


@given(st.integers(1, 120), st.integers(0, 5), st.data())
def test_an_epoch_begun_later_is_the_tail(batch_size, epoch, data):
    whole = list(batches(batch_size).epoch(epoch))
    start = data.draw(st.integers(0, len(whole)))
    tail = list(batches(batch_size).epoch(epoch, start=start))
    assert len(whole) == batches(batch_size).num_batches
    assert len(tail) == len(whole) - start
    for ours, theirs in zip(tail, whole[start:], strict=True):
        assert torch.equal(ours.indices, theirs.indices)
        assert torch.equal(ours.inputs, theirs.inputs)
        assert all(torch.equal(ours.targets[column], theirs.targets[column]) for column in ours.targets)


@given(st.integers(1, 40), st.integers(2, 5))
def test_the_parts_of_a_batch_are_together_the_batch(batch_size, count):
    parts = [batches(batch_size, part=(number, count)).epoch(1) for number in range(count)]
    for whole, *each in zip(batches(batch_size).epoch(1), *parts, strict=True):
        assert {part.num_pictures for part in each} == {len(whole.indices)}
        busy = [part for part in each if not part.idles]
        assert torch.equal(torch.cat([part.indices for part in busy]), whole.indices)
        assert torch.equal(torch.cat([part.inputs for part in busy]), whole.inputs)
        assert torch.equal(torch.cat([part.targets["corners"] for part in busy]), whole.targets["corners"])


@given(st.integers(1, 130))
def test_a_picture_is_varied_alike_in_whatever_batch_it_is(batch_size):
    order, varied = gathered(batches(batch_size).epoch(2))
    _, reference = gathered(batches(NUM_PICTURES).epoch(2))
    alone = NUM_PICTURES % batch_size == 1 < batch_size < NUM_PICTURES
    assert len(order) == len(set(order.tolist())) == NUM_PICTURES - alone
    assert torch.equal(varied, reference[order.sort().values])


def test_a_last_batch_of_one_picture_is_left_out_in_training_only():
    """Batch norm needs at least two; measuring needs every picture."""
    odd = batches(batch_size=NUM_PICTURES - 1)
    assert [len(batch.indices) for batch in odd.epoch(0)] == [NUM_PICTURES - 1]
    assert sum(len(batch.indices) for batch in odd.in_order()) == NUM_PICTURES


def test_a_picture_is_varied_alike_whatever_else_the_set_holds():
    """The random numbers depend only on a picture's index, so the first pictures of a larger set get the same."""
    small = gathered(batches(split=pictures(50)).epoch(1))[1]
    larger = pictures(50)
    larger = Split(inputs=larger.inputs.repeat(2, 1, 1, 1), targets={"class": larger.targets["class"].repeat(2)})
    assert torch.equal(gathered(batches(split=larger).epoch(1))[1][:50], small)


def test_epochs_and_seeds_differ_in_order_and_in_variation():
    order, varied = gathered(batches().epoch(0))
    for other in (batches().epoch(1), batches(seed=4).epoch(0)):
        other_order, other_varied = gathered(other)
        assert not torch.equal(order, other_order)
        assert not torch.equal(varied, other_varied)


@pytest.mark.parametrize("name", [None, *sorted(AUGMENTATIONS.table)])
@pytest.mark.parametrize("block_pictures", [1, 6])
def test_blocks_of_a_batch_come_out_as_the_whole(monkeypatch, name, block_pictures):
    """Pictures, masks, target pictures and key points agree to the last bit."""
    split = pictures(40)
    split.targets["mask"] = torch.randint(0, 4, (40, 8, 8), dtype=torch.uint8)
    steps = () if name is None else (AUGMENTATIONS.make(name, {}), Mirror())

    def epoch(block_bytes):
        monkeypatch.setattr(batches_module, "BLOCK_BYTES", block_bytes)
        given_out = Batches(
            split,
            mean=(0.5,) * 3,
            std=(0.2, 0.3, 0.4),
            batch_size=16,
            augmentation=steps,
            targets={"class", "mask", PICTURE, "corners"},
            points=("corners",),
        )
        return list(given_out.epoch(1))

    picture_bytes = 3 * 8 * 8
    for ours, whole in zip(epoch(block_pictures * picture_bytes), epoch(2**20), strict=True):
        assert torch.equal(ours.inputs, whole.inputs)
        assert ours.targets.keys() == whole.targets.keys()
        assert all(torch.equal(values, whole.targets[column]) for column, values in ours.targets.items())


def assert_alike(ours, theirs):
    for mine, other in zip(ours.epoch(1), theirs.epoch(1), strict=True):
        assert torch.equal(mine.indices, other.indices) and torch.equal(mine.inputs, other.inputs)


def test_the_same_split_is_given_out_varied_otherwise_or_as_a_whole():
    plain, part = batches(augmentation=()), batches(part=(1, 2))
    assert_alike(plain.varied_by(VARIED), batches())
    assert_alike(plain, batches(augmentation=()))
    assert_alike(part.whole(), batches())
    assert_alike(part, batches(part=(1, 2)))


def test_the_pictures_of_a_batch_are_found_again_in_its_inputs():
    given_out = batches(augmentation=())
    for batch in given_out.epoch(0):
        assert torch.equal(given_out.pictures(batch.inputs), pictures().inputs[batch.indices])


def test_no_generator_of_anybody_else_is_touched():
    torch.manual_seed(11)
    before, before_numpy = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    list(batches().epoch(0))
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], before_numpy)  # noqa: NPY002


def test_inputs_are_normalised_by_the_mean_and_std():
    split = pictures()
    (batch,) = batches(batch_size=NUM_PICTURES, augmentation=()).in_order()
    mean, std = (torch.tensor(values).reshape(3, 1, 1) for values in ((0.5, 0.4, 0.3), (0.2, 0.3, 0.4)))
    assert batch.inputs.dtype == torch.float32
    torch.testing.assert_close(batch.inputs, (split.inputs / 255 - mean) / std)


def test_grey_pictures_stored_without_channels_are_laid_out_like_others():
    """Else torch takes them for pictures with their channels last, and measures them by other algorithms."""
    stored = np.zeros((20, 8, 8), np.uint8)[:, None]
    split = Split(inputs=torch.from_numpy(stored), targets={})
    grey = Batches(split, mean=(0.5,), std=(0.2,), batch_size=16)
    for each in (*grey.in_order(), *grey.epoch(0)):
        assert each.inputs.stride() == (64, 64, 8, 1)


def test_measuring_goes_in_order_and_varies_nothing():
    found = list(batches(batch_size=16).in_order())
    assert torch.equal(torch.cat([batch.indices for batch in found]), torch.arange(NUM_PICTURES))
    plain = list(batches(batch_size=16, augmentation=()).in_order())
    assert all(torch.equal(ours.inputs, theirs.inputs) for ours, theirs in zip(found, plain, strict=True))
    assert [len(batch.inputs) for batch in found] == [16] * 6 + [11]


def test_targets_follow_their_pictures():
    split = pictures()
    for batch in batches().epoch(0):
        assert torch.equal(batch.targets["class"], split.targets["class"][batch.indices])
        assert torch.equal(batch.targets["weight"], split.targets["weight"][batch.indices])


def test_points_are_given_out_as_they_are():
    points = torch.randn(30, 2, generator=torch.Generator().manual_seed(0))
    given_out = Batches(Split(inputs=points, targets={"class": torch.arange(30)}), batch_size=7)
    for batch in given_out.epoch(0):
        assert torch.equal(batch.inputs, points[batch.indices])


def test_the_first_pictures_of_an_epoch_are_drawn_evenly():
    ten = batches(batch_size=1, split=pictures(10), augmentation=())
    firsts = torch.cat([next(ten.epoch(epoch)).indices for epoch in range(3000)])
    counts = torch.bincount(firsts, minlength=10)
    assert ((counts - 300) ** 2 / 300).sum() < 27.9  # chi-squared with 9 degrees, p = 0.001


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_a_gpu_gives_the_same_batches():
    split = pictures()
    on_gpu = Batches(split, mean=(0.5,) * 3, std=(0.2,) * 3, batch_size=16, seed=3, augmentation=VARIED, device="cuda")
    on_cpu = Batches(split, mean=(0.5,) * 3, std=(0.2,) * 3, batch_size=16, seed=3, augmentation=VARIED)
    for ours, theirs in zip(on_gpu.epoch(1), on_cpu.epoch(1), strict=True):
        assert ours.inputs.is_cuda and ours.targets["class"].is_cuda
        assert torch.equal(ours.indices.cpu(), theirs.indices)
        torch.testing.assert_close(ours.inputs.cpu(), theirs.inputs)
