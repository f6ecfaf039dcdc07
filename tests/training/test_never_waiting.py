"""On a GPU, no step waits for the one before: checked without a GPU, on torch's meta device.

Its tensors have a shape but no values. So the same operators are called as on a GPU, and those for which the CPU would
wait are found: reading values back, results whose size depends on values, and copies that CUDA makes synchronously
(https://docs.pytorch.org/docs/stable/notes/cuda.html#asynchronous-execution).
"""

import dataclasses
import importlib
import sys
from contextlib import nullcontext

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tests.layers.cases import CASES
from tests.training.columns import digits_with_columns, many_heads
from tests.training.experiments import chain, data_of, digits, with_training
from workbench.data import placing
from workbench.data.dataset import Split
from workbench.data.rows import Rows
from workbench.events import StepFinished
from workbench.session.exchange.script import export_training
from workbench.spec.component import Component
from workbench.spec.experiment import Speed
from workbench.spec.files import read_experiment
from workbench.spec.record import replace
from workbench.training import MEASURES, beginning, loop, plan
from workbench.training.control import Control
from workbench.training.heads import Measures

GPU = torch.device("meta")
READBACK_STEPS = 3

READ_BACK = ("_local_scalar_dense", "equal", "is_nonzero")
SIZE_UNKNOWN = ("nonzero", "masked_select", "unique", "_unique", "repeat_interleave", "bincount", "histc")
AMP = ("_amp_foreach_non_finite_check_and_unscale_", "_amp_update_scale_")
FUSED = ("_fused_sgd_", "_fused_adam_", "_fused_adamw_", *AMP)
"""What the meta device lacks; it changes its arguments and returns nothing."""


class Waited(Exception):
    """An operator for which the CPU would wait."""


class NoWaiting(TorchDispatchMode):
    """Raises ``Waited`` where the CPU would wait for the GPU."""

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        name = operator.name().removeprefix("aten::").partition(".")[0]
        tensors = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
        there = [each for each in tensors if each.device == GPU]
        if there and name.startswith((*READ_BACK, *SIZE_UNKNOWN)):
            raise Waited(name)
        if (
            there
            and name in ("index", "index_put_", "index_put")
            and any(each.dtype == torch.bool for each in there[1:])
        ):
            raise Waited(f"{name} by a mask")
        if there and name == "lift_fresh":
            raise Waited("a tensor made of Python's numbers is copied")
        to = kwargs.get("device")
        if (
            name == "_to_copy"
            and to not in (None, tensors[0].device)
            and not (to == GPU and kwargs.get("non_blocking"))
        ):
            raise Waited(f"a copy to {to}")
        if name == "copy_" and len({each.device for each in tensors}) > 1:
            raise Waited("a copy between devices")
        if name in AMP[:1]:
            assert len({each.dtype for each in args[0]}) == 1, "CUDA refuses tensors of several types"
        return None if name in FUSED else operator(*args, **kwargs)


@pytest.mark.parametrize(
    "wait",
    [
        lambda there: there.sum().item(),
        lambda there: bool(there.any()),
        lambda there: there[there[0] :],
        lambda there: there.cpu(),
        lambda there: torch.ones(3).to(GPU),
        lambda there: there.copy_(torch.ones(4)),
        lambda there: torch.tensor([1.0, 2.0], device=GPU),
        lambda there: there.nonzero(),
        lambda there: there[there > 0],
        lambda there: there.unique(),
    ],
)
def test_what_waits_is_found(wait):
    there = torch.empty(4, dtype=torch.long, device=GPU)
    with NoWaiting(), pytest.raises(Waited):
        wait(there)


@pytest.fixture(autouse=True)
def on_gpu(monkeypatch):
    """The device for all runs here, for which torch's optimizers are to use their fused steps."""
    monkeypatch.setattr(plan, "choose_device", lambda wish: GPU)
    monkeypatch.setattr(sys.modules["torch.optim.optimizer"], "_get_fused_kernels_supported_devices", lambda: ["meta"])


def train_steps(experiment, data, folder, monkeypatch):
    """Train through two read-backs; returns how many steps each of them got."""
    read = []

    def fetch(steps):
        read.append(len(steps))
        return [loop._Fetched(0.0, 0.0, 0.0, 0.0, [0.0] * len(experiment.training.heads)) for _ in steps]

    monkeypatch.setattr(loop, "_fetch", fetch)
    monkeypatch.setattr(loop, "GPU_READBACK_STEPS", READBACK_STEPS)
    prepared, state = beginning.prepare(experiment, data)
    num_steps = 2 * READBACK_STEPS
    assert prepared.steps_per_epoch > num_steps
    with NoWaiting():
        for event in loop.train(prepared, state, folder, Control()):
            if isinstance(event, StepFinished) and event.step == num_steps:
                return read
    raise AssertionError


def varied_by(experiment, *augmentations, mixing=None):
    steps = tuple(Component(type=name) for name in augmentations)
    mixed = Component(type=mixing) if mixing else None
    return replace(experiment, data=replace(experiment.data, augmentation=steps, mixing=mixed))


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "AdamW"])
@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"average": 0.9, "clip_norm": 1.0},
        {"accumulate": 2, "batch_size": 16},
        {"speed": Speed(precision="fp16"), "average": 0.9, "clip_norm": 1.0},
    ],
)
def test_no_step_waits_whatever_the_recipe(tmp_path, monkeypatch, optimizer, choices):
    monkeypatch.setattr(torch, "autocast", lambda *_: nullcontext())  # which does not know the meta device
    experiment = with_training(digits(batch_size=32), optimizer=Component(type=optimizer), **choices)
    assert train_steps(experiment, data_of(digits()), tmp_path, monkeypatch) == [READBACK_STEPS] * 2


def test_no_step_waits_whatever_the_heads(tmp_path, monkeypatch):
    experiment = with_training(many_heads(), batch_size=32)
    assert train_steps(experiment, digits_with_columns(), tmp_path, monkeypatch) == [READBACK_STEPS] * 2


def test_no_step_waits_or_fails_whatever_the_type_of_a_constant(tmp_path, monkeypatch):
    constant = ("Formula", {"formula": "x + offset", "weights": ["offset: 1 float16"]})
    experiment = with_training(chain(constant), batch_size=32)
    assert train_steps(experiment, data_of(digits()), tmp_path, monkeypatch) == [READBACK_STEPS] * 2


@pytest.mark.parametrize(
    "names",
    [
        ["Shift", "Mirror"],
        ["RandomCrop", "RandomResizedCrop", "Rotation"],
        ["ColorJitter", "RandomErasing"],
        ["RandAugment"],
        ["TrivialAugment"],
    ],
    ids=" ".join,
)
def test_no_step_waits_whatever_the_augmentation(tmp_path, monkeypatch, names):
    experiment = varied_by(digits(batch_size=32), *names)
    assert train_steps(experiment, data_of(digits()), tmp_path, monkeypatch)


@pytest.mark.parametrize("name", ["Mixup", "CutMix"])
def test_no_step_waits_whatever_the_mixing(tmp_path, monkeypatch, name):
    experiment = varied_by(digits(batch_size=32), mixing=name)
    assert train_steps(experiment, data_of(digits()), tmp_path, monkeypatch)


@pytest.mark.parametrize("name", ["Noise", "Erase"])
def test_no_step_waits_whatever_the_corruption(tmp_path, monkeypatch, name):
    experiment = digits(batch_size=32)
    experiment = replace(experiment, data=replace(experiment.data, corruption=Component(type=name)))
    assert train_steps(experiment, data_of(experiment), tmp_path, monkeypatch)


def test_no_step_waits_for_pictures_that_stay_in_their_file(tmp_path, monkeypatch):
    """They are read by the CPU while the GPU computes."""
    monkeypatch.setattr(placing, "_has_room", lambda device, num_bytes: False)
    data = data_of(digits())
    mapped = Rows(data.train.inputs.numpy(), torch.arange(len(data.train)).numpy())
    data = dataclasses.replace(data, train=Split(inputs=mapped, targets=data.train.targets))
    assert train_steps(varied_by(digits(batch_size=32), "Shift"), data, tmp_path, monkeypatch)


def test_no_step_waits_for_pictures_that_stay_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(placing, "_has_room", lambda device, num_bytes: False)
    experiment = varied_by(digits(batch_size=32), "Shift")
    prepared, _ = beginning.prepare(experiment, data_of(digits()))
    assert prepared.train.inputs.device.type == "cpu"
    assert next(prepared.val.in_order()).inputs.device == GPU
    assert train_steps(experiment, data_of(digits()), tmp_path, monkeypatch)


WAITING = ("F1", "MeanIoU", "PixelAccuracy", "PSNR")
"""Measures for which torchmetrics itself waits: it counts by ``torch.bincount``, and copies a number to the device."""


@pytest.mark.parametrize("name", MEASURES.table)
def test_no_batch_of_an_evaluation_waits_but_where_torchmetrics_does(name):
    measure = MEASURES.table[name]()
    data = digits_with_columns()
    prepared, state = beginning.prepare(with_training(many_heads(), batch_size=32), data)
    heads = tuple(replace(head, measures=(measure,) * (head.column.kind in measure.takes)) for head in prepared.heads)
    measures, num_batches = Measures(heads, GPU), 0
    waited = pytest.raises(Waited) if name in WAITING else nullcontext()
    with NoWaiting(), torch.no_grad(), waited:
        for batch in prepared.val.in_order():
            measures.add(state.learnt.eval()(batch.inputs), batch.targets, batch.num_own)
            num_batches += 1
    assert name in WAITING or num_batches > 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.type}-{'x'.join(map(str, case.shapes[0]))}")
def test_no_layer_waits(case):
    module = case.layer().build(*case.shapes).to(GPU).train()
    with NoWaiting():
        found = module(*(torch.empty(2, *shape, device=GPU, requires_grad=True) for shape in case.shapes))
        sum(each.sum() for each in tree_leaves(found)).backward()


@pytest.mark.parametrize("mixing", ["Mixup", "CutMix"])
def test_an_exported_script_makes_its_batches_on_a_gpu_too(tmp_path, monkeypatch, mixing):
    experiment = varied_by(read_experiment("lenet-digits"), "Shift", "RandAugment", "ColorJitter", mixing=mixing)
    export_training(experiment, tmp_path / "drawn.py")
    monkeypatch.syspath_prepend(tmp_path)
    script = importlib.import_module("train_drawn")
    for name in ("drawn", "train_drawn"):
        monkeypatch.delitem(sys.modules, name)
    data = {name: values.to(GPU) for name, values in script.load(tmp_path / "drawn_data.npz").items()}
    monkeypatch.setattr(script, "DEVICE", GPU)
    inputs, targets = next(script.batches(data, 0))
    assert inputs.device == targets.device == GPU and len(inputs) == len(targets) == script.BATCH_SIZE
