"""What only an NVIDIA GPU can show; skipped without one."""

import importlib

import pytest
import torch

from tests.session.waiting import DEADLINE_S
from tests.training.experiments import data_of, digits, normed, wide, with_training
from tests.training.ranked import ROUNDING, Case, by_ranks
from tests.training.trained import losses, run, stopping_at
from workbench.events import StepFinished
from workbench.session.running.in_thread import start
from workbench.spec.component import Component
from workbench.spec.experiment import Speed
from workbench.spec.record import replace
from workbench.training import beginning, loop, speed_trial
from workbench.training.control import Control
from workbench.training.state import begin_chance
from workbench.training.trouble.soundness import Sentinel

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="it needs an NVIDIA GPU"),
    # Shown, but no failures: torch warns of its own tools, such as the mode that tells of waits, and of some GPUs.
    pytest.mark.filterwarnings("default"),
]

CLOSE = 1e-3
"""Kernels add in an order of their own."""

EXACT = Speed(precision="float32", memory_layout="contiguous", convolutions="heuristic", compile="off")


class Waiting(Sentinel):
    """Reads each step before the next, as on the CPU."""

    waits = property(lambda self: True, lambda self, value: None)


def on_gpu(**training):
    """The digits on the GPU, without dropout, which compiled code draws otherwise."""
    recipe = {"device": "cuda", "epochs": 1, "batch_size": 32, "speed": EXACT, **training}
    return with_training(normed(), **recipe)


@pytest.mark.parametrize("precision", ["float32", "bf16", "fp16"])
@pytest.mark.parametrize("optimizer", ["SGD", "AdamW"])
def test_no_step_waits(tmp_path, monkeypatch, precision, optimizer):
    """CUDA itself tells of each wait, but for the read-backs."""
    fetch = loop._fetch

    def fetched(steps):
        torch.cuda.set_sync_debug_mode("default")
        found = fetch(steps)
        torch.cuda.set_sync_debug_mode("error")  # from the second read-back on: the first steps allocate
        return found

    monkeypatch.setattr(loop, "_fetch", fetched)
    chosen = {"speed": replace(EXACT, precision=precision), "average": 0.9, "clip_norm": 1.0, "accumulate": 2}
    experiment = on_gpu(optimizer=Component(type=optimizer), batch_size=8, **chosen)
    plan, state = beginning.prepare(experiment, data_of(digits()))
    last = 3 * loop.GPU_READBACK_STEPS
    assert plan.steps_per_epoch > last
    try:
        events = loop.train(plan, state, tmp_path, Control())
        assert any(isinstance(event, StepFinished) and event.step == last for event in events)
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize(
    "speed",
    [
        replace(EXACT, memory_layout="channels_last", convolutions="benchmarked"),
        replace(EXACT, compile="on"),
        replace(EXACT, compile="cuda_graphs"),
    ],
    ids=lambda speed: speed.words(),
)
@pytest.mark.parametrize("accumulate", [1, 3])
def test_however_it_computes_it_learns_the_same(tmp_path, speed, accumulate):
    # Compiled in this process: those that torch starts for it otherwise stay for the next time.
    with importlib.import_module("torch._inductor.config").patch(compile_threads=1):
        found, wanted = (
            dict(losses(run(on_gpu(accumulate=accumulate, speed=each), data_of(digits()), tmp_path / each.words())[0]))
            for each in (speed, EXACT)
        )
    assert found == pytest.approx(wanted, rel=CLOSE)


def test_a_trial_before_a_long_run_compiles_and_records_graphs():
    plan, state = beginning.prepare(on_gpu(epochs=speed_trial.WORTH_COMPILING // 40, speed=Speed()), data_of(digits()))
    assert plan.num_steps >= speed_trial.WORTH_COMPILING
    with importlib.import_module("torch._inductor.config").patch(compile_threads=1):
        rows = speed_trial.trial(plan, state, lambda _: True)
    assert [row.speed.compile for row in rows][-2:] == ["on", "cuda_graphs"]
    assert all(row.step_ms is not None for row in rows), [row.failure for row in rows]


def test_fp16_learns_the_same_whether_or_not_it_waits(tmp_path, monkeypatch):
    experiment = on_gpu(speed=replace(EXACT, precision="fp16"), clip_norm=1.0, average=0.9)
    events, state = run(experiment, data_of(digits()), tmp_path / "not waiting")
    monkeypatch.setattr(loop, "Sentinel", Waiting)
    waiting, other = run(experiment, data_of(digits()), tmp_path / "waiting")
    assert dict(losses(events)) == pytest.approx(dict(losses(waiting)), rel=10 * CLOSE)
    assert state.scaler.state_dict() == other.scaler.state_dict()


@pytest.mark.parametrize("precision", ["tf32", "fp16"])
def test_a_stopped_run_goes_on(tmp_path, precision):
    """With its dropout, whose numbers the GPU draws."""
    experiment = with_training(digits(), device="cuda", speed=replace(EXACT, precision=precision))
    data = data_of(digits())
    whole = dict(losses(run(experiment, data, tmp_path / "whole")[0]))
    begun, _ = run(experiment, data, tmp_path / "parts", on_event=stopping_at(16))
    rest, _ = run(experiment, data, tmp_path / "parts", resuming=True)
    assert dict(losses(begun) + losses(rest)) == pytest.approx(whole, rel=10 * CLOSE)


def test_a_run_from_a_cpu_goes_on_with_the_gpus_numbers_of_its_seed():
    """Whatever was drawn before."""
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        begin_chance({"cpu": torch.get_rng_state()}, seed=7, step=4, device=torch.device("cuda"), rank=0)
        found.append(torch.rand(3, device="cuda").tolist())
    assert found[0] == found[1]


@pytest.mark.allows_logs("memory runs out")
def test_memory_runs_out_and_a_batch_that_fits_is_found(tmp_path):
    """About 0.4 MB a picture."""
    room_bytes = torch.cuda.memory_allocated() + (200 << 20)
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(room_bytes / torch.cuda.get_device_properties(0).total_memory)
    try:
        too_large = with_training(wide(1200), device="cuda")
        failed = start(too_large, tmp_path)
        assert failed.join(DEADLINE_S) and not failed.log.since(0)[-1].fault
        size = failed.log.since(0)[-1].batch_size
        again = start(with_training(too_large, batch_size=size), tmp_path)
        assert again.join(DEADLINE_S) and again.state == "finished"
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="it needs two GPUs")
@pytest.mark.parametrize("sharded", [False, True])
def test_two_gpus_learn_what_one_learns(tmp_path, sharded):
    experiment = on_gpu(batch_size=130)
    (first, second) = by_ranks(2, tmp_path, [Case(name="gpus", experiment=experiment, sharded=sharded)])["gpus"]
    one = dict(losses(run(experiment, data_of(digits()), tmp_path / "one")[0]))
    assert first == second and first.losses == pytest.approx(one, rel=100 * ROUNDING)
