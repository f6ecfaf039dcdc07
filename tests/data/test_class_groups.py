"""Batches whose pictures come in groups of a class."""

import torch

from workbench.data.batches import Batches
from workbench.data.class_groups import classes_together
from workbench.data.dataset import Split

CLASSES = torch.randint(0, 7, (500,), generator=torch.Generator().manual_seed(1))
ORDER = torch.randperm(500, generator=torch.Generator().manual_seed(2))


def test_every_picture_is_there_once_and_groups_have_one_class():
    order = classes_together(ORDER, CLASSES, 6)
    assert sorted(order.tolist()) == list(range(500))
    num_groups = sum(int(count) // 6 for count in CLASSES.bincount())
    groups = CLASSES[order[: 6 * num_groups]].view(-1, 6)
    assert (groups == groups[:, :1]).all()
    rest = CLASSES[order[6 * num_groups :]]
    assert (rest.bincount(minlength=7) < 6).all()


def test_groups_keep_the_order_of_their_first_pictures():
    places = ORDER.argsort()
    groups = classes_together(ORDER, CLASSES, 6)[: 6 * 70].view(-1, 6)
    firsts = places[groups[:, 0]]
    assert (firsts[1:] > firsts[:-1]).all()
    assert (places[groups][:, 1:] > places[groups][:, :-1]).all()


def test_a_batch_has_several_classes_also_of_unequal_ones():
    many_of_one = torch.where(torch.rand(500, generator=torch.Generator().manual_seed(3)) < 0.5, 0, CLASSES)
    batches = many_of_one[classes_together(ORDER, many_of_one, 4)].split(40)
    assert min(len(batch.unique()) for batch in batches[:-1]) >= 3


def grouped(**settings):
    split = Split(inputs=torch.arange(500.0)[:, None], targets={"kind": CLASSES})
    return Batches(split, batch_size=42, seed=4, per_class=6, grouped="kind", targets=(), **settings)


def test_an_epoch_from_a_batch_on_is_the_tail_of_the_whole_one():
    whole = [batch.indices for batch in grouped().epoch(3)]
    tail = [batch.indices for batch in grouped().epoch(3, start=5)]
    assert len(tail) == len(whole) - 5
    assert all(map(torch.equal, whole[5:], tail))
    assert not torch.equal(whole[0], next(grouped().epoch(4)).indices)
    assert len(whole[0]) == 42 and (CLASSES[whole[0]].bincount() % 6 == 0).all()


def test_parts_of_a_batch_make_the_whole():
    parts = [next(grouped(part=(number, 2)).epoch(0)).indices for number in range(2)]
    assert torch.equal(torch.cat(parts), next(grouped().epoch(0)).indices)


def test_the_shuffled_pass_has_every_picture_once_and_is_always_the_same():
    batches = [batch.indices for batch in grouped().shuffled()]
    assert sorted(torch.cat(batches).tolist()) == list(range(500))
    assert not torch.equal(batches[0], torch.arange(42))
    assert all(map(torch.equal, batches, (batch.indices for batch in grouped().shuffled())))
