"""Precision, memory layout and the trial: against torch's mixed precision by hand, exact when resumed."""

import functools
import os
import subprocess
import sys
import threading

import pytest
import torch
from torch import nn, optim
from torch.amp.grad_scaler import GradScaler

from tests.compiler.networks import network, node
from tests.training.experiments import digits, with_training
from tests.training.trained import NeverWaiting, equal_weights, losses, run, stopping_at
from workbench.events import EpochFinished, StepFinished, StepLeftOut, Tried
from workbench.runs.store import LAST
from workbench.spec.component import Component
from workbench.spec.experiment import Speed
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training import beginning, loop, speed, speed_trial
from workbench.training.checkpoint import read_checkpoint
from workbench.training.control import Control
from workbench.training.device import usual_threads
from workbench.training.distributed.ranks import Ranks
from workbench.training.speed import settled
from workbench.training.trouble.failures import Diverged

CPU = torch.device("cpu")
FORMS = [
    Speed(precision="bf16"),
    Speed(precision="fp16"),
    Speed(memory_layout="contiguous"),
    Speed(precision="fp16", memory_layout="contiguous"),
]


@pytest.fixture
def restless(monkeypatch):
    """A scaler that tries a larger scale every three steps, and so overflows in a short run."""
    monkeypatch.setattr(speed, "GradScaler", functools.partial(GradScaler, init_scale=2.0**20, growth_interval=3))


def everything(**choices):
    """An experiment with dropout, augmentation, a schedule, accumulated batches, clipped gradients and averaging."""
    return with_training(digits(), accumulate=2, clip_norm=1.0, average=0.9, **choices)


def by_hand(experiment, data, precision):
    """The loop of torch's documentation over the same batches; returns the losses and the network."""
    plan, state = beginning.prepare(experiment, data)
    module, dtype = state.module, getattr(torch, speed.SIXTEEN_BITS[precision])
    optimizer = optim.SGD(module.parameters(), lr=0.05, momentum=0.9)
    scaler = GradScaler("cpu", enabled=precision == "fp16")
    torch.manual_seed(experiment.seed)
    module.train()
    found = []
    for step, batch in enumerate(plan.train.epoch(0)):
        optimizer.param_groups[0]["lr"] = 0.05 * plan.schedule.factor(step, plan.steps_per_epoch, plan.num_steps)
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=dtype):
            answers = module(batch.inputs)["output"]
        loss = nn.functional.cross_entropy(answers.float(), batch.targets["class"])
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        found.append(loss.item())
    return found, module


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_sixteen_bits_are_torchs_mixed_precision(data, tmp_path, precision):
    experiment = with_training(digits(epochs=1), speed=Speed(precision=precision))
    events, state = run(experiment, data, tmp_path)
    theirs, module = by_hand(experiment, data, precision)
    assert [loss for _, loss in losses(events)] == pytest.approx(theirs, rel=1e-4)
    ours = state.module.state_dict()
    assert all(torch.allclose(ours[name], value, atol=1e-4) for name, value in module.state_dict().items())
    assert all(weight.dtype == torch.float32 for weight in state.module.parameters())
    assert losses(events) != losses(run(digits(epochs=1), data, tmp_path)[0])


@pytest.mark.parametrize("chosen", FORMS, ids=lambda chosen: chosen.words())
@pytest.mark.parametrize("stop_after", [4, 13])
def test_a_run_stopped_in_the_middle_of_an_epoch_goes_on_exactly(data, tmp_path, restless, chosen, stop_after):
    experiment = everything(speed=chosen)
    whole, state = run(experiment, data, tmp_path / "whole")
    first, _ = run(experiment, data, tmp_path / "parts", on_event=stopping_at(stop_after))
    rest, resumed = run(experiment, data, tmp_path / "parts", resuming=True)
    assert losses(first) + losses(rest) == losses(whole)
    assert left_out(first) + left_out(rest) == left_out(whole)
    assert rest[-1].metrics == whole[-1].metrics
    assert equal_weights(state, resumed)
    if chosen.precision == "fp16":
        assert left_out(whole) and resumed.scaler.state_dict() == state.scaler.state_dict()


def left_out(events):
    return [(event.step, event.scale) for event in events if isinstance(event, StepLeftOut)]


def test_an_overflow_in_fp16_leaves_its_step_out(data, tmp_path, restless):
    """Neither the weights nor the optimizer's state change; the next step uses half the scale."""
    plan, state = beginning.prepare(with_training(digits(), speed=Speed(precision="fp16")), data)
    seen, num_left_out = [kept(state)], 0
    for event in loop.train(plan, state, tmp_path, Control()):
        if isinstance(event, StepFinished):
            seen.append(kept(state))
        elif isinstance(event, StepLeftOut):
            num_left_out += 1
            assert state.scaler.get_scale() == event.scale / 2
            assert seen[-1].keys() == seen[-2].keys()
            assert all(torch.equal(value, seen[-2][name]) for name, value in seen[-1].items())
    assert num_left_out
    saved = read_checkpoint(tmp_path / LAST)
    assert all(torch.isfinite(values).all() for name, values in saved.tensors.items() if name.startswith("model."))
    assert saved.state["scaler"] == state.scaler.state_dict()


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_where_no_step_waits_fp16_learns_the_same(data, tmp_path, monkeypatch, optimizer):
    """The first steps overflow already, before SGD has a momentum."""
    monkeypatch.setattr(speed, "GradScaler", functools.partial(GradScaler, init_scale=2.0**60, growth_interval=3))
    experiment = everything(speed=Speed(precision="fp16"), optimizer=Component(type=optimizer))
    waiting, state = run(experiment, data, tmp_path / "waiting")
    monkeypatch.setattr(loop, "Sentinel", NeverWaiting)
    events, other = run(experiment, data, tmp_path / "not waiting")
    assert losses(events) == losses(waiting) and equal_weights(state, other)
    assert left_out(events) == left_out(waiting) and left_out(events)[:2] == [(1, 2.0**60), (2, 2.0**59)]
    assert state.scaler.state_dict() == other.scaler.state_dict()


def kept(state):
    """Copies of the weights and the optimizer's state."""
    memory = state.optimizer.state_dict()["state"]
    found = {f"{index}.{slot}": value.clone() for index, slots in memory.items() for slot, value in slots.items()}
    return found | {name: weight.detach().clone() for name, weight in state.module.named_parameters()}


def planted(data, folder, name, value, precision):
    """The last event of an epoch in which the weights ``name`` are set to ``value`` after the first step."""
    experiment = with_training(digits(), speed=Speed(precision=precision))
    plan, state = beginning.prepare(experiment, data)
    for event in loop.train(plan, state, folder, Control()):
        if isinstance(event, StepFinished) and event.step == 1:
            state.module.get_parameter(name).data.fill_(value)
        if isinstance(event, EpochFinished):
            return event
    raise AssertionError


def test_answers_too_large_for_fp16_alone_end_the_run_and_are_named(data, tmp_path):
    with pytest.raises(Diverged, match="Step 2, .*fc made inf") as raised:
        planted(data, tmp_path, "fc.weight", 9e3, "fp16")
    assert raised.value.advice.startswith("Try a tenth of the learning rate")  # a sum of products: no root or logarithm
    assert raised.value.node == "fc" and "numbers above 65,504; bf16 and float32 can" in raised.value.advice
    assert isinstance(planted(data, tmp_path, "fc.weight", 9e3, "bf16"), EpochFinished)


def test_a_gradient_that_is_never_finite_ends_the_run(data, tmp_path):
    """No scale can help."""
    plan, state = beginning.prepare(with_training(digits(epochs=3), speed=Speed(precision="fp16")), data)
    state.module.get_parameter("fc.weight").register_hook(lambda grad: torch.full_like(grad, torch.nan))
    events = []
    with pytest.raises(Diverged, match="the gradient of its weights became nan in fc"):
        events.extend(loop.train(plan, state, tmp_path, Control()))
    assert [scale for _, scale in left_out(events)] == [2.0**power for power in range(16, 0, -1)]


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Speed(precision="tf32"), "tf32 needs an NVIDIA Ampere GPU or later: choose float32"),
        (Speed(compile="cuda_graphs"), "CUDA graphs need an NVIDIA GPU: choose on, or off"),
    ],
)
def test_what_a_cpu_cannot_do_is_refused_in_a_sentence(data, wish, words):
    with pytest.raises(SpecError, match=words):
        beginning.prepare(with_training(digits(), speed=wish), data)


@pytest.mark.parametrize(("precision", "found"), [("tf32", "high"), ("float32", "highest")])
def test_a_gpus_arithmetic_is_set_so_that_torchs_compiler_can_read_it(precision, found):
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32
    try:
        for convolutions in ("benchmarked", "heuristic"):
            chosen = Speed(precision=precision, convolutions=convolutions)
            speed.set_arithmetic(chosen, torch.device("cuda"))
            assert cudnn.benchmark == (convolutions == "benchmarked")
        assert torch.get_float32_matmul_precision() == found
        assert matmul.allow_tf32 == cudnn.allow_tf32 == (precision == "tf32")
    finally:
        matmul.allow_tf32, cudnn.allow_tf32 = before


def test_accumulated_gradients_outlast_a_graphs_next_replay(monkeypatch):
    """A replay writes where the one before wrote: here, nan over the gradients that it gave."""
    module, given = nn.Linear(3, 2), []

    def compiled(inputs):
        for gradient in given:
            gradient.fill_(torch.nan)
        return {"output": module(inputs)}

    monkeypatch.setattr(torch, "compile", lambda *_, **__: compiled)
    ask = speed.asking(module, Speed(compile="cuda_graphs"))
    parts = torch.randn(2, 4, 3)
    for part in parts:
        ask(part)["output"].sum().backward()
        given.extend(parameter.grad for parameter in module.parameters())
    found = [parameter.grad.clone() for parameter in module.parameters()]
    module.zero_grad()
    module(parts.flatten(0, 1)).sum().backward()
    for gradient, parameter in zip(found, module.parameters(), strict=True):
        torch.testing.assert_close(gradient, parameter.grad)


@pytest.mark.slow
def test_every_change_of_a_dropout_is_compiled(data, monkeypatch):
    """Also after many: a resumed run compiles with the last."""
    programs = []

    def compiler(program, inputs):
        programs.append(program)
        return program.forward

    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend=compiler))
    module = beginning.prepare(digits(), data)[1].module
    ask = speed.asking(module, Speed(compile="on"))
    chances = [number / 20 for number in range(1, 11)]
    for p in chances:
        module.get_submodule("dropout").p = p
        for _ in range(2):
            ask(torch.randn(4, 1, 8, 8))
    assert len(programs) == len(chances)


def test_cuda_graphs_have_a_place_in_every_thread_that_trains():
    from torch._inductor import cudagraph_trees  # noqa: F401  # first in this thread

    found = []

    def train():
        speed.asking(nn.Identity(), Speed(compile="cuda_graphs"))
        found.append(torch._C._is_key_in_tls("tree_manager_containers"))

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert found == [True]


def test_a_cpu_left_to_itself_computes_as_it_always_did():
    assert settled(Speed(), CPU) == Speed(
        precision="float32", memory_layout="channels_last", compile="off", threads=torch.get_num_threads()
    )
    chosen = Speed(precision="bf16", memory_layout="contiguous", compile="on", threads=3)
    assert settled(chosen, CPU) == chosen


@pytest.mark.parametrize("layout", ["contiguous", "channels_last"])
def test_weights_lie_as_they_are_told_to(data, layout):
    architecture = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("conv1", "Conv2d", "input", out_channels=4, kernel_size=3),
        node("conv2", "Conv2d", "conv1", out_channels=4, kernel_size=3),
        node("flatten", "Flatten", "conv2"),
        node("fc", "Linear", "flatten", out_features=10),
        node("output", "Output", "fc"),
    )
    experiment = with_training(replace(digits(), architecture=architecture), average=0.9)
    plan, state = beginning.prepare(experiment, data)
    plan = beginning.adopted(plan, state, settled(Speed(memory_layout=layout), CPU))
    assert plan.speed.memory_layout == layout
    for module in (state.module, state.average.module):
        weight = module.get_parameter("conv2.weight")
        assert weight.is_contiguous() == (layout == "contiguous")
        assert weight.is_contiguous(memory_format=torch.channels_last) == (layout == "channels_last")


def test_splits_are_measured_in_float32_as_the_network_is_later_used(data, tmp_path):
    experiment = with_training(digits(epochs=1), speed=Speed(precision="bf16"))
    events, state = run(experiment, data, tmp_path)
    (found,) = [event.metrics["val/loss"] for event in events if isinstance(event, EpochFinished)]
    batches = list(beginning.prepare(experiment, data)[0].val.in_order())
    network, inputs = state.module.eval(), torch.cat([batch.inputs for batch in batches])
    targets = torch.cat([batch.targets["class"] for batch in batches])
    with torch.no_grad():
        exact = nn.functional.cross_entropy(network(inputs)["output"], targets)
        coarse = nn.functional.cross_entropy(
            speed.in_precision(network, Speed(precision="bf16"))(inputs)["output"], targets
        )
    assert found == pytest.approx(exact.item(), rel=1e-5) != pytest.approx(coarse.item(), rel=1e-5)


# The trial


def of_steps(experiment, num_steps):
    """The experiment with enough epochs for at least this many steps."""
    return with_training(experiment, epochs=-(-num_steps // 20))


def test_a_trial_leaves_no_trace(data):
    plan, state = beginning.prepare(of_steps(digits(), speed_trial.FEWEST_STEPS), data)
    weights = {name: value.clone() for name, value in state.module.state_dict().items()}
    torch.manual_seed(5)
    generator = torch.get_rng_state()
    told = []
    rows = speed_trial.trial(plan, state, lambda number: told.append(number) is None)
    assert told == sorted(told) and told[-1] > len(rows), "timed again, it counts on"
    assert torch.equal(torch.get_rng_state(), generator)
    assert all(torch.equal(value, weights[name]) for name, value in state.module.state_dict().items())
    assert state.optimizer.state_dict()["state"] == {} and state.step == 0
    assert [row.speed.memory_layout for row in rows] == ["channels_last", "contiguous"]
    assert all(row.step_ms > 0 and row.speed.precision == "float32" for row in rows)


def test_nothing_is_tried_where_it_does_not_pay_or_nothing_is_open(data):
    long = of_steps(digits(), speed_trial.FEWEST_STEPS)
    chosen = with_training(long, speed=Speed(memory_layout="contiguous"))
    flat = replace(
        long,
        architecture=network(
            node("input", "Input", shape=[1, 8, 8]),
            node("flatten", "Flatten", "input"),
            node("fc", "Linear", "flatten", out_features=10),
            node("output", "Output", "fc"),
        ),
    )
    assert speed_trial.candidates(*beginning.prepare(long, data)) == (("memory_layout", "contiguous"),)
    for experiment in (digits(epochs=2), chosen, flat):
        assert speed_trial.candidates(*beginning.prepare(experiment, data)) == ()


def test_another_program_that_slows_one_candidate_for_a_moment_changes_nothing(data, monkeypatch):
    monkeypatch.setattr(speed_trial, "other_threads", lambda: (2,))
    plan, state = beginning.prepare(of_steps(digits(), speed_trial.FEWEST_STEPS), data)
    told = []

    def disturbed(plan, state, go_on):
        """Two threads take half as long, but not the first time."""
        told.append(plan.speed.threads)
        is_slowed = told.count(2) == 1
        return Tried(speed=plan.speed, step_ms=5.0 if plan.speed.threads == 2 and not is_slowed else 10.0)

    monkeypatch.setattr(speed_trial, "timed", disturbed)
    rows = speed_trial.trial(plan, state, lambda _: True)
    assert [row.speed.threads for row in rows] == [1, 2, 1] and told == [1, 2, 1] * 2
    assert speed_trial.quickest(rows).speed.threads == 2
    monkeypatch.setattr(speed_trial, "SHORT_MS", 50)
    told.clear()
    speed_trial.trial(plan, state, lambda _: True)
    assert told == [1, 2, 1], "a moment outvotes no longer steps"


@pytest.mark.parametrize(
    ("has", "does"), [({}, False), ({"avx512_f": True}, False), ({"avx512_bf16": True}, True), ({"bf16": True}, True)]
)
def test_bf16_is_tried_on_a_processor_that_computes_it(data, monkeypatch, has, does):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: has)
    plan, state = beginning.prepare(of_steps(digits(), speed_trial.FEWEST_STEPS), data)
    assert ("precision", "bf16") not in speed_trial.candidates(plan, state), "it is too small"
    plan = replace(plan, macs=speed_trial.FEWEST_MACS)
    assert (("precision", "bf16") in speed_trial.candidates(plan, state)) == does
    chosen = replace(plan.experiment.training, speed=Speed(precision="float32"))
    plan = replace(plan, experiment=replace(plan.experiment, training=chosen))
    assert ("precision", "bf16") not in speed_trial.candidates(plan, state)


@pytest.mark.parametrize(
    ("bf16_ms", "compiled_ms", "words"), [(7.5, 7.2, "bf16"), (8.5, 9.6, "float32"), (7, 6.5, "bf16, compiled")]
)
def test_sixteen_bits_have_to_save_more_than_the_rest(bf16_ms, compiled_ms, words):
    rows = [
        Tried(speed=Speed(precision="float32"), step_ms=10.0),
        Tried(speed=Speed(precision="bf16"), step_ms=bf16_ms),
    ]
    compiled = replace(speed_trial.quickest(rows).speed, compile="on")
    assert speed_trial.quickest([*rows, Tried(speed=compiled, step_ms=compiled_ms)]).speed.words() == words


@pytest.mark.parametrize(("cores", "numbers"), [(1, ()), (2, (2,)), (3, (3, 1)), (8, (8, 4, 1)), (16, (16, 8, 1))])
def test_threads_are_tried_for_all_cores_half_of_them_and_one(monkeypatch, cores, numbers):
    assert speed_trial.other_threads() == ()  # the tests set OMP_NUM_THREADS
    monkeypatch.delenv("OMP_NUM_THREADS")
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: set(range(cores)))
    assert speed_trial.other_threads() == numbers
    assert usual_threads() not in numbers and usual_threads() == max(1, cores - 1)


@pytest.mark.parametrize(("said", "number"), [("3", 3), ("4,2", 4), ("0", 1), ("many", 1)])
def test_the_environment_has_the_say_over_threads(monkeypatch, said, number):
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: {0, 1})
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    assert usual_threads() == number


def test_ranks_try_no_compiling_on_gpus(data, monkeypatch):
    """What each could try by itself is not what they would train by."""
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: speed.AMPERE)
    plan, state = beginning.prepare(of_steps(digits(), speed_trial.WORTH_COMPILING), data)
    on_gpu = replace(plan, device=torch.device("cuda"))
    assert speed_trial._candidates(on_gpu, state)[-2:] == (("compile", "on"), ("compile", "cuda_graphs"))
    several = replace(on_gpu, ranks=Ranks(size=2))
    fields = [field for field, _ in speed_trial._candidates(several, state)]
    assert fields == ["memory_layout", "precision", "convolutions"]


def test_a_trial_that_is_called_off_chooses_nothing(data):
    plan, state = beginning.prepare(of_steps(digits(), speed_trial.FEWEST_STEPS), data)
    asked = []

    def go_on(num_tried):
        asked.append(num_tried)
        return False

    assert speed_trial.trial(plan, state, go_on) == () and len(asked) <= 3


def test_a_way_that_fails_is_a_row_with_its_reason(data, monkeypatch):
    def refuse(module, how):
        raise SpecError("torch cannot compile this network here: turn compile off")

    monkeypatch.setattr(speed, "_compiled", refuse)
    plan, state = beginning.prepare(
        with_training(digits(), speed=Speed(compile="on", memory_layout="contiguous")), data
    )
    (row,) = speed_trial.trial(plan, state, lambda _: True)
    assert row.step_ms is None and row.failure.startswith("torch cannot compile")


@pytest.mark.parametrize(
    ("times", "best"),
    [((3.0, 2.0), 1), ((3.0, 2.9), 0), ((3.0, 4.0), 0), ((3.0, None), 0), ((None, 3.0), 1), ((3.0, 2.0, 1.0), 2)],
)
def test_only_what_is_clearly_quicker_is_preferred(times, best):
    rows = [
        Tried(speed=Speed(memory_layout=layout), step_ms=time)
        for layout, time in zip(("channels_last", "contiguous", "automatic"), times, strict=False)
    ]
    assert speed_trial.quickest(rows) is rows[best]


# Compiling

COMPILED = """
import sys
from pathlib import Path
from tests.training.experiments import data_of, digits, with_training
from tests.training.trained import equal_weights, losses, run, stopping_at
from workbench.spec.experiment import Speed

experiment = with_training(digits(), average=0.9, speed=Speed(compile="on"))
data, folder = data_of(experiment), Path(sys.argv[1])
first, _ = run(experiment, data, folder / "parts", on_event=stopping_at(4))
rest, resumed = run(experiment, data, folder / "parts", resuming=True)
whole, state = run(experiment, data, folder / "whole")
assert losses(first) + losses(rest) == losses(whole)
assert equal_weights(state, resumed)
assert rest[-1].metrics == whole[-1].metrics and whole[-1].metrics["val/top1"] > 0.5
"""


@pytest.mark.slow
def test_a_compiled_run_learns_and_goes_on_exactly(tmp_path):
    done = subprocess.run([sys.executable, "-c", COMPILED, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_without_a_compiler_the_run_ends_in_a_sentence(tmp_path):
    command = [sys.executable, "-m", "workbench", "train", "lenet-digits", "--set", "training.speed.compile=on"]
    environment = os.environ | {"CXX": str(tmp_path / "none"), "TORCHINDUCTOR_CACHE_DIR": str(tmp_path / "cache")}
    done = subprocess.run([*command, "--runs", tmp_path], capture_output=True, text=True, env=environment)
    assert done.returncode == 2 and done.stderr.strip().endswith(
        "torch cannot compile this network here (for a CPU it needs a C++ compiler, and finds none): install one, such as "
        "g++, or turn compile off"
    )
