"""Every layer of the catalogue: against torch's functions, its shapes, its file format and its ONNX export."""

import io
import json
import math
from typing import Any

import msgspec
import numpy as np
import onnxruntime
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torchvision.ops import StochasticDepth

from tests.layers.cases import CASES, PICTURE, Case
from workbench.insight.attention import Attends
from workbench.layers import LAYERS
from workbench.layers.base import Refusal
from workbench.spec.forms import Parameter, parameters_of
from workbench.spec.problems import SpecError

TORCH_OF_ITS_RECURRENT_LAYERS = (
    "ignore:_check_is_size will be removed:FutureWarning",
    r"ignore:The tensor attributes .*_flat_weights:UserWarning",
)

by_case = pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.type}-{'x'.join(map(str, c.shapes[0]))}")


def _several(outputs: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return outputs if isinstance(outputs, tuple) else (outputs,)


def test_every_layer_has_a_case() -> None:
    assert {case.type for case in CASES} == set(LAYERS.table) - {"Input"}


@by_case
def test_gives_what_torch_gives(case: Case) -> None:
    module, inputs = case.module(), case.inputs()
    with torch.no_grad():
        torch.testing.assert_close(module(*inputs), case.reference(module, *inputs), atol=1e-5, rtol=1e-5)


@by_case
def test_shape_on_the_meta_device_is_the_real_one(case: Case) -> None:
    with torch.device("meta"):
        found = case.layer().build(*case.shapes).eval()(*(torch.empty(1, *shape) for shape in case.shapes))
    real = case.module()(*case.inputs())
    assert [tensor.shape[1:] for tensor in _several(found)] == [tensor.shape[1:] for tensor in _several(real)]
    assert len(_several(real)) == max(len(case.layer().output_ports), 1)


@by_case
def test_comes_back_from_json(case: Case) -> None:
    layer = case.layer()
    plain = json.loads(json.dumps(msgspec.to_builtins(layer)))
    assert LAYERS.make(case.type, plain) == layer
    assert hash(LAYERS.make(case.type, plain)) == hash(layer)


@by_case
def test_gives_its_attention_if_it_attends(case: Case) -> None:
    layer, module, inputs = case.layer(), case.module(), case.inputs()
    assert layer.attends == isinstance(module, Attends)
    if isinstance(module, Attends):
        weights = module.attention(*inputs)
        assert weights.shape[-1] == inputs[-1].shape[-2], "one for each key"
        assert weights is inputs[0] or torch.allclose(weights.sum(dim=-1), torch.ones(weights.shape[:-1]))


def test_input_stands_for_its_shape() -> None:
    layer = LAYERS.make("Input", {"shape": [3, 5, 4]})
    layer.check()
    assert layer.build()().shape == (1, 3, 5, 4)


class SideBySide(nn.Module):
    """All cases in one network, whose single input [N, total] concatenates the flattened inputs of all."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleList(case.module() for case in CASES)
        self.lengths = [math.prod(shape) for case in CASES for shape in case.shapes]

    def forward(self, laid_out: Tensor) -> tuple[Tensor, ...]:
        inputs = iter(laid_out.split(self.lengths, dim=1))
        return tuple(
            output
            for case, part in zip(CASES, self.parts, strict=True)
            for output in _several(part(*(next(inputs).reshape(-1, *shape) for shape in case.shapes)))
        )


@pytest.mark.filterwarnings(*TORCH_OF_ITS_RECURRENT_LAYERS)
def test_all_layers_export_to_onnx_as_they_are() -> None:
    """One export contains every case, and onnxruntime runs it on a batch of another size."""
    network = SideBySide().eval().requires_grad_(False)
    laid_out = torch.cat([x.flatten(1) for case in CASES for x in case.inputs()], dim=1)
    program = torch.onnx.export(
        network, (laid_out,), dynamic_shapes=({0: torch.export.Dim("batch", min=2)},), verbose=False
    )
    assert program is not None
    file = io.BytesIO()
    program.save(file)
    session = onnxruntime.InferenceSession(file.getvalue(), providers=["CPUExecutionProvider"])
    answers = session.run(None, {session.get_inputs()[0].name: laid_out[:2].numpy()})
    with torch.no_grad():
        expected = network(laid_out[:2])
    cases = [case for case in CASES for _ in case.layer().output_ports or ("",)]
    for case, answer, wanted in zip(cases, answers, expected, strict=True):
        where = f"{case.type} {case.parameters}"
        np.testing.assert_allclose(answer, wanted.numpy(), atol=2e-5, rtol=1e-4, err_msg=where)


@pytest.mark.parametrize("bias", [True, False])
def test_attention_begins_with_torchs_weights_and_drops_what_torchs_drops(bias: bool) -> None:
    torch.manual_seed(5)
    ours = LAYERS.make("MultiheadSelfAttention", {"num_heads": 4, "dropout": 0.3, "bias": bias}).build((7, 32))
    torch.manual_seed(5)
    reference = nn.MultiheadAttention(32, 4, dropout=0.3, bias=bias, batch_first=True)
    torch.testing.assert_close(ours.state_dict(), reference.state_dict(), rtol=0, atol=0)
    x = torch.randn(2, 7, 32)
    for training in (True, False):
        torch.manual_seed(6)
        expected, _ = reference.train(training)(x, x, x, need_weights=False)
        torch.manual_seed(6)
        torch.testing.assert_close(ours.train(training)(x), expected)


def test_learnt_numbers_begin_as_they_are_said_to() -> None:
    torch.manual_seed(5)
    embedding, projections = (LAYERS.make(name, {}).build((200, 96)) for name in ("PositionEmbedding", "QueryKeyValue"))
    assert embedding.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert projections.weight.std().item() == pytest.approx(math.sqrt(2 / (96 + 3 * 96)), rel=0.05)
    assert not projections.bias.any() and LAYERS.make("QueryKeyValue", {"bias": False}).build((7, 96)).bias is None
    table = LAYERS.make("RelativePositionBias", {"window_size": 20}).build((1, 1, 3, 400, 400)).bias_table
    assert table.std().item() == pytest.approx(0.02, rel=0.05)
    assert not LAYERS.make("ClassToken", {}).build((7, 96)).weight.any()
    assert not LAYERS.make("Bias", {}).build((12,)).bias.any()
    assert (LAYERS.make("LayerScale", {"initial": 0.5}).build((12,)).weight == 0.5).all()


def test_batch_norm_normalises_by_the_batch_in_training() -> None:
    module = LAYERS.make("BatchNorm", {}).build((4, 5, 5)).train()
    y = module(torch.randn(16, 4, 5, 5) * 3 + 2)
    torch.testing.assert_close(y.mean((0, 2, 3)), torch.zeros(4), atol=1e-5, rtol=0)
    torch.testing.assert_close(y.var((0, 2, 3), correction=0), torch.ones(4), atol=1e-4, rtol=0)


@pytest.mark.parametrize("p", [0, 0.4, 1])
@pytest.mark.parametrize("mode", ["row", "batch"])
def test_stochastic_depth_drops_what_torchvisions_drops(mode: str, p: float) -> None:
    ours = LAYERS.make("StochasticDepth", {"p": p, "mode": mode}).build(PICTURE).train()
    x = torch.randn(64, *PICTURE)
    torch.manual_seed(3)
    expected, after = StochasticDepth(p, mode).train()(x), torch.rand(1)
    torch.manual_seed(3)
    torch.testing.assert_close(ours(x), expected)
    assert torch.rand(1) == after, "as much is drawn"


def test_a_code_is_drawn_as_torchs_distribution_draws_it() -> None:
    ours = LAYERS.make("GaussianSample", {}).build((8,)).train()
    x = torch.randn(64, 8, requires_grad=True)
    mean, log_variance = x[:, :4], x[:, 4:]
    torch.manual_seed(3)
    expected = torch.distributions.Normal(mean, (log_variance / 2).exp()).rsample()
    torch.manual_seed(3)
    found = ours(x)
    torch.testing.assert_close(found, expected)
    ways = [torch.autograd.grad((each**2).sum(), x)[0] for each in (found, expected)]
    torch.testing.assert_close(*ways)


def test_maxout_after_linear_is_the_formula_of_the_lecture() -> None:
    """max(w1·x + b1, w2·x + b2)."""
    linear = LAYERS.make("Linear", {"out_features": 2}).build((6,))
    maxout = LAYERS.make("Maxout", {}).build((2,))
    x = torch.randn(10, 6)
    (w1, w2), (b1, b2) = linear.weight, linear.bias
    torch.testing.assert_close(maxout(linear(x))[:, 0], torch.maximum(x @ w1 + b1, x @ w2 + b2))


SHAPES = st.one_of(
    st.tuples(st.integers(1, 12)),
    st.tuples(st.integers(1, 6), st.integers(1, 12)),
    st.tuples(st.integers(1, 12), st.integers(1, 9), st.integers(1, 9)),
    st.tuples(st.integers(1, 3), st.integers(1, 3), st.sampled_from([1, 2, 4, 6]), st.integers(1, 12)),
    st.builds(
        lambda grid, tokens: (*grid, tokens, tokens), st.tuples(*[st.integers(1, 3)] * 3), st.sampled_from([1, 4, 6])
    ),
)


def values(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Values that this parameter's form allows, and a few that it does not."""
    low = 0 if parameter.minimum is None else int(parameter.minimum)
    number = st.integers(max(low, -4), 6)
    some = {
        "text": st.sampled_from(
            ["x", "x[:, 0] * w", "x0 + x1", "mean(x)", "x +", "open(x)", "a = relu(x); cat([a, x], 1)"]
        ),
        "texts": st.lists(st.sampled_from(["w: 12", "w: 1, 12 int64", "w", "map: -3"]), max_size=2),
        "int": number if parameter.minimum is not None else st.integers(-4, 4),
        "float": st.floats(0, 1),
        "bool": st.booleans(),
        "choice": st.sampled_from(parameter.choices or ("",)),
        "pair": st.one_of(number, st.lists(number, min_size=2, max_size=2)),
        "ints": st.one_of(st.lists(number, min_size=1, max_size=4), st.permutations([0, 1, 2, 3])),
    }[parameter.kind]
    return st.one_of(some, st.sampled_from(parameter.choices)) if parameter.choices else some


@pytest.mark.parametrize("name", sorted(set(LAYERS.table) - {"Input"}))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(data=st.data())
def test_what_the_check_lets_through_torch_takes(name: str, data: st.DataObject) -> None:
    """Torch never raises first: every invalid use is rejected by us, with words that say what to change."""
    cls = LAYERS[name]
    chosen = {
        p.name: data.draw(values(p), label=p.name) for p in parameters_of(cls) if p.required or data.draw(st.booleans())
    }
    shapes = [data.draw(SHAPES)]
    shapes += [data.draw(st.one_of(st.just(shapes[0]), SHAPES)) for _ in cls.input_ports[1:]]
    if cls.input_ports == ("x...",):
        again = st.tuples(*(st.sampled_from((side, side, 1)) for side in shapes[0]))
        shapes += data.draw(st.lists(st.one_of(again, SHAPES), min_size=1, max_size=2))
    try:
        layer = LAYERS.make(name, chosen)
        layer.check(*shapes)
    except (SpecError, Refusal):
        return
    with torch.device("meta"):
        outputs = _several(layer.build(*shapes).eval()(*(torch.empty(2, *shape) for shape in shapes)))
    assert all(y.shape[0] == 2 and y.numel() > 0 for y in outputs)
