"""Faults planted in training: each ends the run in that very step, is named, and damages no checkpoint."""

import itertools
import math

import pytest
import torch
from safetensors import safe_open

from tests.compiler.networks import network, node
from tests.training.columns import digits_with_columns, only
from tests.training.experiments import chain, data_of, digits, with_training
from tests.training.faults import FAULTY_STEP, Fault, gradient, inputs, label, plain, prepared, run_until
from tests.training.trained import NeverWaiting
from workbench.compiler.analysis import resolve
from workbench.compiler.module import build
from workbench.events import EpochFinished, StepFinished
from workbench.runs.store import BEST, LAST, create_run
from workbench.spec.component import Component
from workbench.spec.edits import set_treatment
from workbench.spec.experiment import Head, Speed
from workbench.spec.files import read_architecture
from workbench.spec.graph import Graph
from workbench.spec.record import replace
from workbench.training import beginning, loop
from workbench.training.checkpoint import read_checkpoint
from workbench.training.control import Control
from workbench.training.trouble.culprit import path_of
from workbench.training.trouble.failures import Diverged
from workbench.training.trouble.soundness import Sentinel
from workbench.training.update import Updater

NAN, INF = math.nan, math.inf
MSE = Component(type="MSE")


def weights(name, value, kind="weights", node=None, **more):
    def plant(plan, state):
        state.module.get_parameter(name).data.flatten()[0] = value

    return Fault(f"{name} is {value}", kind, node if node is not None else name.rpartition(".")[0], plant, **more)


def large_weights(name, value, node):
    def plant(plan, state):
        state.module.get_parameter(name).data.fill_(value)

    return Fault(f"{name} are all {value}", "layer", node, plant, says="learning rate")


def slot(optimizer, name, value):
    def plant(plan, state):
        state.optimizer.state[state.module.get_parameter("fc.weight")][name].fill_(value)

    def experiment():
        return with_training(digits(), optimizer=Component(type=optimizer))

    says = name if not math.isfinite(value) else "the step made fc.weight nan"
    return Fault(f"{optimizer} keeps {value} in {name}", "optimizer", "fc", plant, experiment, says)


def statistics(name, value):
    def plant(plan, state):
        state.module.get_buffer(name).fill_(value)

    return Fault(f"{name} is {value}", "layer", "norm", plant, says=name)


def formula(text, kind, *after, **more):
    """A network whose Formula computes ``text`` from values between 0 and 1, and is harmless until the fault."""

    def experiment():
        return with_formula(text, *after)

    def plant(plan, state):
        state.module.get_parameter("calculation.switch").data.fill_(1.0)

    return Fault(f"{text} {len(after)}", kind, "calculation", plant, experiment, **more)


def with_formula(text, *after):
    architecture = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("flatten", "Flatten", "input"),
        node("first", "Linear", "flatten", out_features=16),
        node("squash", "Sigmoid", "first"),
        node("calculation", "Formula", "squash", formula=text, weights=["switch: 1"]),
        *after,
        node("fc", "Linear", after[-1].name if after else "calculation", out_features=10),
        node("output", "Output", "fc"),
    )
    return replace(digits(lr=1e-6), architecture=architecture)


def scaled():
    """A network with a block in which a weight is stored beside its layer."""
    scales = Graph(nodes=(node("x", "Input"), node("scale", "LayerScale", "x"), node("output", "Output", "scale")))
    architecture = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("conv", "Conv2d", "input", out_channels=4, kernel_size=3),
        node("branch", "Scales", "conv"),
        node("flatten", "Flatten", "branch"),
        node("fc", "Linear", "flatten", out_features=10),
        node("output", "Output", "fc"),
        blocks={"Scales": scales},
    )
    return replace(digits(), architecture=architecture)


def mse(**training):
    heads = (Head(output="output", loss=Component(type="MSE")),)
    return with_training(digits(**training), heads=heads)


def weighted():
    """A loss that is finite by itself, but close to the largest number once it is weighted."""
    heads = (Head(output="output", loss=Component(type="MSE"), weight=1e35),)
    return with_training(digits(lr=1e-36), heads=heads)


def exploding(name, factor, experiment=digits):
    """Multiply the gradient of these weights by ``factor``."""

    def plant(plan, state):
        state.module.get_parameter(name).register_hook(lambda grad: grad * factor)

    return Fault(
        f"the gradient of {name} is {factor} times itself", "gradient", name.partition(".")[0], plant, experiment
    )


def hidden():
    """A network in which a ReLU turns -inf into 0, with pixels of which none is 0 in every picture of a batch."""
    return chain(("Linear", {"out_features": 16}), ("ReLU", {}))


def hidden_from_adam():
    return with_training(hidden(), optimizer=Component(type="AdamW"))


def clipped():
    return with_training(digits(), clip_norm=1.0)


def clipped_in_fp16():
    return with_training(clipped(), speed=Speed(precision="fp16"))


def accumulated():
    return with_training(digits(), accumulate=2)


def averaged():
    return with_training(digits(), average=0.9)


def summed(plan, state):
    """Add up finite gradients to infinity where the layer's output is used."""

    def planted(module, inputs, answers):
        answers.register_hook(lambda grad: torch.full_like(grad, INF))
        return answers

    state.module.get_submodule("pool").register_forward_hook(planted)


def dropped():
    return chain(("Linear", {"out_features": 16}), ("Dropout", {"p": 0.5}))


def resting():
    """With frozen batch normalisation, which uses its statistics in training too."""
    graph = set_treatment(digits().architecture.graph, ["norm"], frozen=True)
    return replace(digits(), architecture=replace(digits().architecture, graph=graph))


def one_mask(plan, state):
    """Make the next step's dropout fail, and whatever dropout draws the same numbers again."""
    faulty = []

    def planted(module, inputs, answers):
        drawn = answers == 0
        if not faulty:
            faulty.append(drawn)
        return answers * NAN if torch.equal(drawn, faulty[0]) else answers

    state.module.get_submodule("dropout1").register_forward_hook(planted)


FAULTS = [
    Fault(
        "a frozen norm whose variance is negative",
        "layer",
        "norm",
        lambda plan, state: state.module.get_buffer("norm.running_var").fill_(-1),
        resting,
    ),
    Fault("numbers that dropout drew", "layer", "dropout1", one_mask, dropped),
    Fault("gradients whose sum overflows", "gradient", "pool", summed, says="the sum of the gradients that reach pool"),
    inputs(NAN),
    inputs(INF),
    inputs(-INF),
    inputs(NAN, everywhere=True),
    inputs(INF, everywhere=True),
    label(10),
    label(-1),
    label(4711),
    label(-(2**31)),
    weights("conv.weight", NAN),
    weights("conv.weight", INF),
    weights("conv.bias", -INF),
    weights("norm.weight", NAN),
    weights("norm.bias", INF),
    weights("fc.weight", NAN),
    weights("fc.bias", NAN),
    weights("fc.bias", NAN, experiment=accumulated),
    weights("linear0.bias", -INF, experiment=hidden, says="linear0.bias held inf before it"),
    weights("linear0.weight", -INF, experiment=hidden_from_adam, says="linear0.weight held inf before it"),
    weights("fc.weight", INF, experiment=clipped),
    weights("fc.weight", NAN, experiment=averaged),
    large_weights("fc.weight", 3e38, "fc"),
    large_weights("conv.weight", 3e38, "conv"),
    gradient("fc.weight", NAN, "fc"),
    gradient("fc.bias", INF, "fc"),
    gradient("conv.weight", NAN, "conv"),
    gradient("conv.bias", -INF, "conv"),
    gradient("norm.weight", NAN, "norm"),
    gradient("branch.scale", NAN, "branch.scale", experiment=scaled),
    formula("x + log(1 - switch)", "layer", says="logarithm"),
    formula("x / (1 - switch)", "layer"),
    formula("x * exp(1000 * switch)", "layer"),
    formula("x + sqrt(1 - 2 * switch)", "layer", says="root"),
    formula("x + sqrt(x * (1 - switch))", "gradient", says="root"),
    formula("sqrt(x * (1 - switch))", "gradient", node("add", "Add", "squash", "calculation"), says="root"),
    formula("x / (1 - switch) ** 2", "layer"),
    formula("x * (1 + switch) ** 200", "layer"),
    slot("Adam", "exp_avg", NAN),
    slot("Adam", "exp_avg", INF),
    slot("AdamW", "exp_avg_sq", -1.0),
    slot("SGD", "momentum_buffer", NAN),
    slot("SGD", "momentum_buffer", -INF),
    slot("RMSprop", "square_avg", NAN),
    slot("Adadelta", "acc_delta", NAN),
    slot("Adagrad", "sum", NAN),
    statistics("norm.running_mean", NAN),
    statistics("norm.running_var", INF),
    exploding("fc.weight", 1e38 * 1e38),
    exploding("fc.weight", 1e20, clipped),
    exploding("conv.weight", 1e25, clipped),
    exploding("conv.weight", 1e20, clipped_in_fp16),
    Fault(
        "answers too large for a squared loss",
        "loss",
        "output",
        lambda plan, state: state.module.get_parameter("fc.bias").data.fill_(1e25),
        mse,
    ),
    Fault(
        "a loss too large to be weighted",
        "loss",
        "output",
        lambda plan, state: state.module.get_parameter("fc.bias").data.fill_(1e3),
        weighted,
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_ends_the_run_in_its_step_and_is_named(fault, tmp_path):
    events, end = run_until(fault.experiment(), tmp_path, fault.plant)
    steps = [event for event in events if isinstance(event, StepFinished)]
    assert steps[-1].step == FAULTY_STEP - 1 and all(math.isfinite(event.loss) for event in steps)
    assert (end.kind, end.node) == (fault.kind, fault.node), str(end)
    assert str(end).startswith(f"Step {FAULTY_STEP}") and end.advice
    assert fault.says in f"{end} {end.advice}"
    saved = read_checkpoint(tmp_path / LAST)
    assert saved.state["step"] == FAULTY_STEP - 1 and not (tmp_path / BEST).exists()
    assert all(torch.isfinite(tensor).all() for tensor in saved.tensors.values())
    with safe_open(tmp_path / end.batch, framework="pt") as kept:
        names = set(kept.keys())
        assert {"inputs", "indices", "target.class"} <= names
        assert len(kept.get_tensor("inputs")) == len(kept.get_tensor("indices"))
        assert kept.metadata()["what"] in str(end)


@pytest.mark.parametrize(
    "fault", {fault.kind: fault for fault in reversed(FAULTS)}.values(), ids=lambda fault: fault.name
)
def test_where_no_step_waits_a_fault_is_named_all_the_same(fault, tmp_path, monkeypatch):
    """Then the next step is made before this one is read: it must leave everything as it was."""
    monkeypatch.setattr(loop, "Sentinel", NeverWaiting)
    monkeypatch.setattr(loop, "GPU_READBACK_STEPS", 2)
    test_a_fault_ends_the_run_in_its_step_and_is_named(fault, tmp_path)


def test_a_rate_that_explodes_ends_the_run_at_the_first_number_that_is_none(tmp_path):
    """The largest that a recipe may have, set during the run."""
    folder = create_run(tmp_path, mse())
    plan, state = beginning.prepare(mse(), prepared())
    control, steps = Control(), []
    with pytest.raises(
        Diverged, match=r"^Step \d+, at a learning rate of \d\d\.\d+, gave non-finite numbers"
    ) as raised:
        for event in loop.train(plan, state, folder, control):
            if isinstance(event, StepFinished):
                steps.append(event)
                if event.step == FAULTY_STEP - 1:
                    control.change("training.optimizer.lr", 100.0)
    assert FAULTY_STEP <= len(steps) < plan.steps_per_epoch and all(math.isfinite(event.loss) for event in steps)
    assert str(raised.value).startswith(f"Step {len(steps) + 1},") and raised.value.ran_away
    assert raised.value.node == "norm" and not (folder / BEST).exists()


@pytest.mark.parametrize(
    ("output", "value", "says", "advice"),
    [
        ("stroke", 0, "no pixel of the batch is labelled in stroke", "Exclude pictures without labels"),
        ("ink", 1e30, "values of ink up to 1.0e+30", "Use a smaller unit for ink"),
    ],
)
def test_targets_without_a_finite_loss_are_not_blamed_on_the_learning_rate(output, value, says, advice, tmp_path):
    data = digits_with_columns()
    data.train.targets[output][:] = value
    head = Head(output=output, target=output, loss=Component(type="CrossEntropy" if output == "stroke" else "MSE"))
    plan, state = beginning.prepare(with_training(only(output), heads=(head,)), data)
    with pytest.raises(Diverged) as raised:
        list(loop.train(plan, state, tmp_path, Control()))
    assert raised.value.kind == "target" and says in str(raised.value) and not raised.value.ran_away
    assert advice in raised.value.advice and "learning rate" not in raised.value.advice
    assert not (tmp_path / BEST).exists()


@pytest.mark.parametrize(
    ("column", "place", "value", "says"),
    [("stroke", (3, 4), 200, "199, and there are 2"), ("traits", (2,), NAN, "nan"), ("brightest", (1,), NAN, "nan")],
)
def test_one_bad_number_of_a_target_is_named_with_its_picture(column, place, value, says, tmp_path):
    plan, state = beginning.prepare(only(column), digits_with_columns())
    row = int(next(plan.train.epoch(0)).indices[7])
    plan.train.targets[column][(row, *place)] = value
    with pytest.raises(Diverged, match=f"picture {row:,} of the training split has the {column} {says}"):
        list(loop.train(plan, state, tmp_path, Control()))


def test_a_bad_picture_is_found_in_whichever_epoch_and_batch_of_a_step(tmp_path):
    """Here in the second batch of the third step of the second epoch."""
    experiment = plain(accumulate=2)
    plan, state = beginning.prepare(experiment, data_of(experiment))
    first, second = itertools.islice(plan.train.epoch(1, start=4), 2)
    with pytest.raises(Diverged) as raised:
        for event in loop.train(plan, state, tmp_path, Control()):
            if isinstance(event, EpochFinished):
                plan.train.inputs = plan.train.inputs.float()
                plan.train.inputs[second.indices[7], :, 4, 4] = NAN
    assert str(raised.value).startswith(f"Step {plan.steps_per_epoch + 3}, ")
    assert f"picture {int(second.indices[7]):,} of the training split holds nan, 1 time" in str(raised.value)
    with safe_open(tmp_path / raised.value.batch, framework="pt") as kept:
        assert kept.get_tensor("indices").tolist() == [*first.indices.tolist(), *second.indices.tolist()]


def test_a_bad_picture_is_found_in_whichever_batch_of_the_held_out_ones(tmp_path):
    experiment = plain()
    experiment = replace(experiment, data=replace(experiment.data, split="random", validation_share=0.6))
    plan, state = beginning.prepare(experiment, data_of(experiment))
    _, *_, last = plan.val.in_order()
    plan.val.inputs = plan.val.inputs.float()
    plan.val.inputs[last.indices[3], :, 4, 4] = NAN
    with pytest.raises(Diverged) as raised:
        list(loop.train(plan, state, tmp_path, Control()))
    assert str(raised.value).startswith(f"After step {plan.steps_per_epoch} the pass over the validation split")
    assert f"picture {int(last.indices[3]):,} of the validation split holds nan, 1 time" in str(raised.value)
    with safe_open(tmp_path / raised.value.batch, framework="pt") as kept:
        assert kept.get_tensor("indices").tolist() == last.indices.tolist() and kept.metadata()["split"] == "val"


def test_pictures_gone_over_again_from_the_kept_batch_give_the_same_fault(tmp_path):
    """With torch alone: the file's weights, pictures and generator."""
    experiment = with_formula("x + sqrt(x * (1 - switch))")
    experiment = replace(experiment, data=replace(experiment.data, augmentation=()))

    def plant(plan, state):
        state.module.get_parameter("calculation.switch").data.fill_(1.0)

    _, end = run_until(experiment, tmp_path, plant)
    with safe_open(tmp_path / end.batch, framework="pt") as kept:
        tensors = {name: kept.get_tensor(name) for name in kept.keys()}  # noqa: SIM118  # not a mapping
    assert torch.equal(tensors["pictures"], prepared().train.inputs[tensors["indices"]])
    module = beginning.prepare(experiment, data_of(experiment))[1].module
    module.load_state_dict({name[6:]: value for name, value in tensors.items() if name.startswith("model.")})
    torch.set_rng_state(tensors["generator.cpu"])
    loss = torch.nn.functional.cross_entropy(module(tensors["inputs"])["output"], tensors["target.class"])
    loss.backward()
    assert torch.isfinite(loss) and module.get_parameter("first.weight").grad.isnan().any()


def test_a_picture_that_is_its_own_target_is_named_as_a_picture(tmp_path):
    """Its hole hides from the network what the loss sees."""
    hole = Component(type="Erase", parameters={"side": 0.5})
    experiment = replace(
        chain(("Linear", {"out_features": 16}), heads=(Head(output="output", target="picture", loss=MSE),)),
        data=replace(digits().data, augmentation=(), corruption=hole),
    )
    nodes = [*experiment.architecture.graph.nodes]
    nodes[-2:] = [
        node("fc", "Linear", "linear0", out_features=64),
        node("square", "Reshape", "fc", shape=[1, 8, 8]),
        node("output", "Output", "square"),
    ]
    experiment = replace(experiment, architecture=network(*nodes))
    data = data_of(experiment)
    plan, state = beginning.prepare(experiment, data)
    rows = next(plan.train.epoch(0)).indices
    plan.train.inputs = plan.train.inputs.float()
    plan.train.inputs[rows[7], :, 4, 4] = NAN
    with pytest.raises(Diverged) as raised:
        list(loop.train(plan, state, tmp_path, Control()))
    assert (raised.value.kind, raised.value.node) == ("input", "")
    assert f"picture {int(rows[7]):,} of the training split holds nan, 1 time" in str(raised.value)


def test_a_fault_in_the_average_is_found_over_the_held_out_pictures(tmp_path):
    experiment = with_training(digits(epochs=1), average=0.9)

    def plant(plan, state):
        state.average.module.get_parameter("conv.bias").data.fill_(NAN)

    _, end = run_until(experiment, tmp_path, plant)
    assert (end.kind, end.node) == ("weights", "conv")
    assert str(end).startswith("After step 21 the pass over the validation split gave non-finite numbers")
    assert not (tmp_path / BEST).exists() and end.batch.startswith("unsound/val-after-step-21")


@pytest.mark.parametrize("optimizer", ["RMSprop", "Adam", "Adagrad"])
def test_a_square_that_overflows_unseen_is_found_before_it_is_saved(optimizer, tmp_path):
    """The weight is finite, as is its gradient, and no step changes it ever again."""

    def plant(plan, state):
        state.module.get_parameter("fc.weight").register_hook(lambda grad: torch.full_like(grad, 1e25))

    experiment = with_training(digits(epochs=1), optimizer=Component(type=optimizer))
    _, end = run_until(experiment, tmp_path, plant)
    assert (end.kind, end.node) == ("optimizer", "fc") and end.advice
    assert str(end).startswith("After step 21 the optimizer holds non-finite numbers: ")
    assert "of fc.weight is inf, because a gradient was too large to be squared" in str(end)
    assert not (tmp_path / BEST).exists()


def test_a_full_disk_takes_the_batch_and_not_the_name(tmp_path, monkeypatch, caplog):
    def plant(plan, state):
        (tmp_path / "unsound").write_text("where the folder should be")
        state.module.get_parameter("fc.bias").data.fill_(NAN)

    _, end = run_until(digits(), tmp_path, plant)
    assert end.node == "fc" and end.batch == "" and "the batch is not kept" in caplog.text


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_the_sentinel_finds_one_number_among_many_and_changes_no_bit(dtype, value):
    module = torch.nn.Linear(2, 2)
    sentinel = Sentinel(module, torch.optim.SGD(module.parameters()), torch.device("cpu"))
    tensors = [torch.tensor(0.5), torch.randn(5, 3, 4, 4).to(memory_format=torch.channels_last).to(dtype)]
    tensors[1][0, 0, 0, 0] = torch.finfo(dtype).smallest_normal / 2
    before = [tensor.clone() for tensor in tensors]
    sentinel.look(tensors)
    assert not sentinel.found() and all(map(torch.equal, tensors, before))
    tensors[1][4, 2, 3, 3] = value
    sentinel.look(tensors)
    assert sentinel.found()


def test_an_error_of_torchs_that_no_label_makes_comes_out_as_it_is(tmp_path, monkeypatch):
    def broken(updater, batch, share=1.0):
        raise RuntimeError("something else")

    monkeypatch.setattr(Updater, "_learn", broken)
    plan, state = beginning.prepare(digits(), data_of(digits()))
    with pytest.raises(RuntimeError, match="something else"):
        list(loop.train(plan, state, tmp_path, Control()))


def test_paths_of_nodes_within_blocks_are_those_of_the_canvas():
    """fx turns names into identifiers, and a class token is called as a function, beside its weights."""
    architecture = read_architecture("vit_mini")
    module = build(architecture, classes=10)
    paths = {path_of(node) for node in module.graph.nodes if node.op in ("placeholder", "call_module", "call_function")}
    leaves = resolve(architecture, classes=10).analysis.leaves
    assert {path for path in paths if not path.startswith("_item")} == set(leaves) - {"output"}
