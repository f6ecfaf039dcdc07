"""The benchmark of training on a GPU, at a size for a CPU: all of its code but CUDA's own."""

import re

import pytest
import torch

from tests.benchmarks import gpu
from tests.benchmarks._gpu_loops import ByHand, Ours, Timm, cropped, mirrored
from workbench.compiler.analysis import resolve
from workbench.data.augmentations.mirror import Mirror
from workbench.data.augmentations.shift import Shift
from workbench.data.dataset import Split

SMALL = gpu.SIZES["small"]


@pytest.fixture(autouse=True)
def untuned(monkeypatch):
    """Puts back the setting that the benchmark makes for its process."""
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", False)


def test_it_measures_what_it_says(capsys):
    gpu.main(["--device", "cpu", "--size", "small"])
    said = capsys.readouterr().out
    for name in ("ours", "ours as tried", "timm's", "by hand"):
        assert re.search(rf"^  {name}.*: [\d,]+ samples/s; ours is [\d.]+ times that$", said, re.MULTILINE), said
    shares = re.findall(r"a kernel runs ([\d.]+)% of the time while profiled, ([\d.]+)% of a step as timed", said)
    assert len(shares) == 2 and all(0 < float(share) <= 100 for share, _ in shares), said
    assert len(re.findall(r": 50% after [\d.]+ s, in epoch \d", said)) == 2, said
    assert re.search(r"ours takes [\d.]+ times as long an epoch, [\d.]+ times to 50%$", said, re.MULTILINE), said


@pytest.mark.skipif(torch.cuda.is_available(), reason="it would run in full")
def test_without_a_gpu_it_says_so(capsys):
    gpu.main([])
    assert "needs a CUDA device" in capsys.readouterr().out


def test_all_loops_are_given_the_same_numbers(tmp_path):
    data, _ = gpu.pictures(SMALL)
    ours = Ours(gpu.recipe(SMALL, "cpu"), data, tmp_path)
    ours.close()
    batch = next(ours.plan.train.epoch(0))
    first = Split(inputs=ours.plan.train.pictures(batch.inputs), targets=batch.targets)
    ((inputs, labels),) = Timm(ours.first_module, ours.plan, 0).batches(first, data, varied=False)
    by_hand = ByHand(ours.first_module, ours.plan).ready(first.inputs, data)
    torch.testing.assert_close(inputs, batch.inputs)
    torch.testing.assert_close(by_hand.float(), batch.inputs, rtol=2**-8, atol=1e-6)
    assert torch.equal(labels, batch.targets["class"])


def test_loops_that_compute_something_else_are_not_compared(capsys):
    gpu.check_first({"ours": 2.5, "timm's": 2.504, "by hand": 2.501})
    for other in (2.506, float("nan")):
        with pytest.raises(SystemExit, match="do not compute the same"):
            gpu.check_first({"ours": 2.5, "timm's": 2.5, "by hand": other})


def test_pictures_are_cropped_and_mirrored_as_the_program_does():
    generator = torch.Generator().manual_seed(3)
    pictures = torch.randint(0, 256, (50, 3, 12, 12), dtype=torch.uint8, generator=generator)
    chosen = torch.randperm(50, generator=generator)[:20]
    draws = torch.rand(20, 4, generator=generator)
    padded = torch.nn.functional.pad(pictures, (4, 4, 4, 4))
    found = mirrored(cropped(padded, chosen, (draws[:, 1:3] * 9).long()), draws[:, 3])
    shifted = Shift(max_pixels=4).apply(pictures[chosen], draws[:, :3])
    assert torch.equal(found, Mirror().apply(shifted, draws[:, 3:]))


@pytest.mark.parametrize(
    ("spans", "length"),
    [([], 0), ([(0, 2), (5, 6)], 3), ([(5, 9), (0, 6)], 9), ([(0, 9), (2, 3), (8, 10)], 10), ([(1, 2), (2, 3)], 2)],
)
def test_kernels_that_overlap_count_once(spans, length):
    assert gpu.united(spans) == length


def test_the_share_of_kernels_is_said_or_that_none_is_seen():
    busy = gpu.said_busy((2, [(0, 300_000), (500_000, 1_000_000)]), step_s=0.5)
    assert busy == "a kernel runs 80.0% of the time while profiled, 80.0% of a step as timed"
    assert "torch's profiler sees no kernel here" in gpu.said_busy((2, []), step_s=0.5)


def test_a_goal_that_is_not_reached_is_said():
    found = gpu.reached(iter([0.2, 0.5, 0.4]), 0.9)
    assert found.said(0.9) == "90% not reached in 3 epochs (best 50.0%)"
    assert gpu.reached(iter([0.2, 0.95, 0.4]), 0.9).num_epochs == 2


def test_at_full_size_it_trains_resnet_18_as_is_usual_for_cifar():
    """The numbers of kuangliu's pytorch-cifar: 11.17 million weights, 0.56 billion products."""
    analysis = resolve(gpu.recipe(gpu.SIZES["full"], "cpu").architecture, classes=10).analysis
    assert analysis.parameters == 11_173_962 and analysis.macs == pytest.approx(0.556e9, rel=2e-3)
