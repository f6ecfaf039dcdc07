"""Ranks over gloo learn what a single process learns, whole or in shards, and execute commands together."""

import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.compiler.networks import node
from tests.data.folders import fill_with_points
from tests.training.experiments import chain, data_of, normed, plain, running_away, with_training
from tests.training.ranked import ROUNDING, Case, by_ranks, trained
from workbench.data import source_from_text
from workbench.runs.store import LAST
from workbench.spec.component import Component
from workbench.spec.experiment import Head, Speed
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training import beginning
from workbench.training.distributed.ranks import ALONE, Ranks

pytestmark = pytest.mark.timeout(400)


def mixed():
    """With CutMix, which combines neighbours in the batch; the last batch has one picture for two ranks."""
    experiment = plain(batch_size=573, epochs=4)
    data = replace(experiment.data, mixing=Component(type="CutMix"))
    return replace(experiment, data=data)


def with_one_held_out():
    """A single validation picture, so all but one rank are idle whenever it is measured."""
    measures = tuple(Component(type=name) for name in ("Accuracy", "F1", "AUC"))
    experiment = plain(heads=(Head(output="output", measures=measures),))
    data = replace(experiment.data, split="random", validation_share=0.0005)
    return replace(experiment, data=data)


def with_two_heads(**training):
    """Two outputs from one trunk, the second weighted by half, unless the recipe has other heads."""
    experiment = plain(**training)
    graph = experiment.architecture.graph
    more = (
        node("fc_again", "Linear", "hidden", out_features="$classes"),
        node("again", "Output", "fc_again"),
    )
    architecture = replace(experiment.architecture, graph=replace(graph, nodes=(*graph.nodes, *more)))
    heads = (Head(output="output"), Head(output="again", weight=0.5))
    return with_training(replace(experiment, architecture=architecture), **{"heads": heads} | training)


def pointing(folder):
    """One output that predicts two places in the folder's pictures, which are moved."""
    experiment = plain(batch_size=9, heads=(Head(output="output", target="points", loss=Component(type="MSE")),))
    graph = experiment.architecture.graph
    nodes = [replace(each, parameters={"out_features": 4}) if each.name == "fc" else each for each in graph.nodes]
    data = replace(
        experiment.data,
        source=source_from_text(str(fill_with_points(folder, 40))),
        augmentation=tuple(Component(type=name) for name in ("Mirror", "Rotation", "RandAugment")),
    )
    architecture = replace(experiment.architecture, graph=replace(graph, nodes=tuple(nodes)))
    return replace(experiment, architecture=architecture, data=data)


def overflowing(folder):
    """A single layer of ten rows: the squared gradient of the last, whose target is large, is beyond all numbers."""
    targets = np.zeros((60, 10), np.float32)
    targets[:, -1] = 1e15
    file = folder / "numbers.npz"
    np.savez(file, x=np.random.default_rng(0).integers(0, 256, (60, 8, 8), np.uint8), y=targets)
    heads = (Head(output="output", target="y", loss=Component(type="MSE"), weight=1e7),)
    experiment = chain(heads=heads, optimizer=Component(type="Adam"), batch_size=20)
    source = Component(type="ArrayFile", parameters={"file": str(file)})
    return replace(experiment, data=replace(experiment.data, source=source))


RECIPE = {
    "accumulate": 3,
    "batch_size": 50,
    "clip_norm": 0.5,
    "average": 0.9,
    "optimizer": Component(type="Adam", parameters={"lr": 0.005}),
}
EQUAL = [
    Case(name="plain", experiment=plain()),
    Case(name="in shards", experiment=plain(), sharded=True),
    Case(name="batch norm", experiment=normed()),
    Case(name="batch norm in shards", experiment=normed(), sharded=True),
    Case(name="recipe", experiment=plain(**RECIPE)),
    Case(name="recipe in shards", experiment=plain(**RECIPE), sharded=True),
    Case(name="mixed", experiment=mixed()),
    Case(name="one held out", experiment=with_one_held_out()),
    Case(name="two heads", experiment=with_two_heads()),
    Case(name="two heads in shards", experiment=with_two_heads(accumulate=3, batch_size=50), sharded=True),
    Case(name="one of two learns", experiment=with_two_heads(heads=(Head(output="output"),))),
    Case(name="one of two learns in shards", experiment=with_two_heads(heads=(Head(output="output"),)), sharded=True),
    Case(name="changed", experiment=plain(), rates={5: 0.2, 14: 0.01}),
    Case(name="changed in shards", experiment=plain(), rates={5: 0.2, 14: 0.01}, sharded=True),
]
IDLING = [
    Case(name="one of three idles", experiment=normed(batch_size=431)),
    Case(name="one of three idles, in shards", experiment=normed(batch_size=431), sharded=True),
]
"""The last batch of an epoch has two of the 1,295 pictures."""
STOPPED = [
    Case(name="stopped", experiment=plain(), stop=(13, 0)),
    Case(name="stopped by the other", experiment=plain(), stop=(13, 1), sharded=True),
]
CONTINUED = [
    Case(name="continued", experiment=plain(**RECIPE), resume=True),
    Case(name="continued in shards", experiment=plain(**RECIPE), resume=True, sharded=True),
]
"""Begun by a single process, which stops in the middle of the second epoch."""
IN_16_BITS = [
    Case(name="bf16", experiment=normed(speed=Speed(precision="bf16"))),
    Case(name="bf16 in shards", experiment=normed(speed=Speed(precision="bf16")), sharded=True),
    Case(name="fp16", experiment=normed(speed=Speed(precision="fp16"))),
]
TRIED = Case(name="tried", experiment=normed(epochs=60), tries=True, stop=(6, 0))
"""Long enough to be worth a trial, and stopped early."""
UNSOUND = [
    Case(name="unsound", experiment=running_away()),
    Case(name="unsound in shards", experiment=running_away(), sharded=True),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ranks")


@pytest.fixture(scope="module")
def points(folder):
    return Case(name="points", experiment=pointing(folder / "pictures"))


@pytest.fixture(scope="module")
def one_part(folder):
    return Case(name="one part", experiment=overflowing(folder), sharded=True)


@pytest.fixture(scope="module")
def heard(folder, points, one_part):
    """All cases at once: a process takes longer to start than to train."""
    for case in CONTINUED:
        begun = trained(replace(case, resume=False, sharded=False, stop=(13, 0)), ALONE, folder / case.name)
        assert max(begun.losses) == 13
    return by_ranks(2, folder, [*EQUAL, points, *IN_16_BITS, *STOPPED, *CONTINUED, *UNSOUND, one_part, TRIED])


def kept(folder):
    """What the last checkpoint holds, but for the generators, of which each rank has its own."""
    tensors = load_file(folder / LAST)
    return {name: tensor for name, tensor in tensors.items() if not name.startswith("generator.")}


@pytest.mark.parametrize("case", EQUAL, ids=lambda case: case.name)
def test_two_ranks_learn_and_keep_what_one_process_learns_and_keeps(case, heard, folder, tmp_path):
    first, second = heard[case.name]
    assert first == second
    one = trained(case, ALONE, tmp_path)
    assert first.error == "" and first.kinds == one.kinds and len(one.losses) >= 6
    assert first.losses == pytest.approx(one.losses, rel=ROUNDING)
    assert first.metrics == pytest.approx(one.metrics, rel=ROUNDING)
    assert ("train/again/loss" in first.metrics) == case.name.startswith("two heads")
    torch.testing.assert_close(kept(folder / case.name), kept(tmp_path), rtol=1e-3, atol=1e-4)


def test_two_ranks_move_key_points_as_one_process_does(points, heard, tmp_path):
    first, second = heard[points.name]
    one = trained(points, ALONE, tmp_path)
    assert first == second and first.error == "" and len(one.losses) >= 6
    assert first.losses == pytest.approx(one.losses, rel=ROUNDING)
    assert first.metrics == pytest.approx(one.metrics, rel=ROUNDING)


@pytest.mark.parametrize("case", IN_16_BITS, ids=lambda case: case.name)
def test_in_16_bits_two_ranks_learn_what_one_process_learns(case, heard, tmp_path):
    """Batch normalisation computes in float32 and gives 16 bits, of which bf16 has eight."""
    first, second = heard[case.name]
    one = trained(case, ALONE, tmp_path)
    assert first == second and first.kinds == one.kinds
    assert first.losses == pytest.approx(one.losses, rel=0.01)


def test_a_rank_that_idles_counts_for_nothing_in_batch_normalisation(tmp_path):
    for case, (first, *others) in zip(IDLING, by_ranks(3, tmp_path, IDLING).values(), strict=True):
        assert others == [first, first]
        one = trained(case, ALONE, tmp_path / "one")
        assert first.losses == pytest.approx(one.losses, rel=ROUNDING)
        assert first.metrics == pytest.approx(one.metrics, rel=ROUNDING)


def test_what_is_quickest_is_tried_by_all_and_changes_nothing_of_the_training(heard, tmp_path):
    first, second = heard["tried"]
    assert first == second and len(first.tried) == 2 and all(row.step_ms for row in first.tried)
    one = trained(replace(TRIED, tries=False), ALONE, tmp_path)
    assert first.losses == pytest.approx(one.losses, rel=ROUNDING) and max(one.losses) == 6


@pytest.mark.parametrize("case", STOPPED, ids=lambda case: case.name)
def test_a_stop_stops_both_and_one_process_goes_on_from_there(case, heard, folder, tmp_path):
    first, second = heard[case.name]
    assert first == second and first.kinds[-2:] == ("CheckpointSaved", "RunStopped") and max(first.losses) == 13
    shutil.copytree(folder / case.name, tmp_path / "on")
    on = trained(replace(case, resume=True, stop=(0, 0)), ALONE, tmp_path / "on")
    assert on.differences == (f"the number of devices was {'2 (sharded)' if case.sharded else 2} and is 1",)
    whole = trained(EQUAL[0], ALONE, tmp_path / "whole")
    assert first.losses | on.losses == pytest.approx(whole.losses, rel=ROUNDING)
    assert on.metrics == pytest.approx(whole.metrics, rel=ROUNDING)


@pytest.mark.parametrize("case", CONTINUED, ids=lambda case: case.name)
def test_two_ranks_go_on_where_one_process_stopped(case, heard, tmp_path):
    first, second = heard[case.name]
    assert first == second and min(first.losses) == 14
    assert first.differences == (f"the number of devices was 1 and is {'2 (sharded)' if case.sharded else 2}",)
    whole = trained(replace(case, resume=False, sharded=False), ALONE, tmp_path)
    later = {step: loss for step, loss in whole.losses.items() if step > 13}
    assert first.losses == pytest.approx(later, rel=ROUNDING)
    assert first.metrics == pytest.approx(whole.metrics, rel=ROUNDING)


@pytest.mark.parametrize("name", ["Adafactor", "Muon"])
def test_an_optimizer_of_whole_weights_is_refused_shards(name):
    experiment = plain(optimizer=Component(type=name))
    with pytest.raises(SpecError, match=f"{name} needs unsharded weights"):
        beginning.prepare(experiment, data_of(experiment), ranks=Ranks(size=2, sharded=True))


@pytest.mark.parametrize("case", UNSOUND, ids=lambda case: case.name)
def test_numbers_that_are_not_finite_end_both_and_the_first_says_why(case, heard, folder, tmp_path):
    first, second = heard[case.name]
    one = trained(case, ALONE, tmp_path)
    assert first.losses == second.losses and first.losses.keys() == one.losses.keys()
    assert first.error == one.error and (folder / case.name / first.batch).is_file()
    assert second.error


def test_squares_that_overflow_in_the_part_of_one_rank_end_both(one_part, heard, tmp_path):
    first, second = heard[one_part.name]
    one = trained(one_part, ALONE, tmp_path)
    assert first.error == one.error and "the optimizer holds non-finite numbers" in first.error and second.error
    assert first.losses == second.losses == pytest.approx(one.losses, rel=ROUNDING)
