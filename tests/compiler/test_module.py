"""Built modules: any name that passes the checks works, and only the CPU's own generator is seeded."""

import copy
import keyword

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import fx, nn

from tests.compiler.networks import network, node
from workbench.compiler.analysis import analyse
from workbench.compiler.module import build
from workbench.spec.experiment import Architecture
from workbench.spec.graph import Graph, Node

BUILTINS = """
    abs all bytes classmethod compile dict eval exec exit filter float format getattr hash id input int
    isinstance iter len list map max next object open print property range repr set setattr slice str sum
    super tuple type vars zip BaseException Ellipsis NotImplemented ValueError Warning __build_class__
    __debug__ __doc__ __import__ __loader__ __name__ __spec__ case match
"""
"""Names with a meaning in Python; listed, because they vary with its version."""

AWKWARD = sorted(
    name
    for name in {
        *keyword.kwlist,
        *BUILTINS.split(),
        *dir(fx.GraphModule(nn.Module(), fx.Graph())),
        *("self", "Self", "SELF", "self_", "torch", "device", "inf", "nan", "NoneType", "fx_pytree", "root"),
        *("0", "1", "007", "_", "__", "_1", "__x", "__x__", "T", "forward_", "input_1", "getattr_1", "x_0"),
    }
    if name.isascii()
)


def vector(name: str) -> Node:
    return node(name, "Input", shape=[3])


@pytest.mark.parametrize("name", AWKWARD)
def test_an_input_and_an_output_may_bear_any_name(name: str) -> None:
    for_input = network(
        vector(name),
        vector("other"),
        node("left_", "Linear", name, out_features=2),
        node("right_", "Linear", "other", out_features=2),
        node("add", "Add", "left_", "right_"),
        node("output", "Output", "add"),
    )
    module = build(for_input)
    assert set(module.state_dict()) == {f"{path}.{kind}" for path in ("left_", "right_") for kind in ("weight", "bias")}
    x, y = torch.randn(4, 3), torch.randn(4, 3)
    torch.testing.assert_close(
        module(x, y)["output"], module.get_submodule("left_")(x) + module.get_submodule("right_")(y), rtol=0, atol=0
    )
    for_output = network(vector("in_"), node("fc", "Linear", "in_", out_features=2), node(name, "Output", "fc"))
    assert list(build(for_output)(x)) == [name]


def with_layer(name: str) -> Architecture:
    """A network with a layer of this name, once at the top level and once in a block."""
    inner = (node("in_", "Input"), node(name, "Linear", "in_", out_features=3), node("out_", "Output", name))
    return network(
        vector("in_"),
        node(name, "Linear", "in_", out_features=3),
        node("block_use", "Inner", name),
        node("out_", "Output", "block_use"),
        blocks={"Inner": Graph(nodes=inner)},
    )


@pytest.mark.parametrize("name", AWKWARD)
def test_a_layer_of_any_name_either_works_or_is_refused(name: str) -> None:
    architecture = with_layer(name)
    analysis = analyse(architecture)
    if not analysis.sound:
        assert [problem.node for problem in analysis.problems] == [name, f"block_use.{name}"]
        assert all(problem.mend == "rename it" for problem in analysis.problems)
        assert keyword.iskeyword(name) or name == "self" or hasattr(fx.GraphModule(nn.Module(), fx.Graph()), name)
        return
    module, x = build(architecture), torch.randn(4, 3)
    assert set(module.state_dict()) == {
        f"{path}.{kind}" for path in (name, f"block_use.{name}") for kind in ("weight", "bias")
    }
    torch.testing.assert_close(
        module(x)["out_"], module.get_submodule(f"block_use.{name}")(module.get_submodule(name)(x)), rtol=0, atol=0
    )


def test_a_reference_to_an_output_that_a_layer_lacks_is_a_problem() -> None:
    architecture = network(vector("x"), node("relu", "ReLU", "x:left"), node("y", "Output", "relu"))
    (problem,) = analyse(architecture).problems
    assert problem.sentence() == "relu: x has no output called left: it has one output: connect x itself"


NAMES = st.sampled_from(["a", "a0", "a1", "b", "b0", "1", "2"])


@st.composite
def graphs(draw: st.DrawFn, types: tuple[str, ...], shape: list[int] | None) -> Graph:
    """Any graph, valid or not: ports may be missing or unconnected, names may collide once flattened."""
    nodes: list[Node] = []
    often, seldom = [True, True, True, False], [1, 1, 1, 2]
    for name in draw(st.lists(NAMES, min_size=2, max_size=5, unique=True)):
        before = [node.name for node in nodes if node.type != "Output"]
        kind = draw(st.sampled_from(types)) if before else "Input"
        sources = (draw(st.sampled_from(before)),) if kind != "Input" and draw(st.sampled_from(often)) else ()
        parameters = {"shape": shape} if kind == "Input" and shape else {}
        repeat = draw(st.sampled_from(seldom))
        nodes.append(Node(name=name, type=kind, inputs=sources, parameters=parameters, repeat=repeat))
    if draw(st.sampled_from(often)):
        nodes.append(Node(name="end", type="Output", inputs=(nodes[-1].name,)))
    return Graph(nodes=tuple(nodes))


@given(
    graph=graphs(("ReLU", "Block", "Block", "Output", "Input"), [3]),
    block=graphs(("ReLU", "ReLU", "Output"), None),
)
def test_whatever_is_called_sound_can_be_built_and_run(graph: Graph, block: Graph) -> None:
    architecture = Architecture(name="any", graph=graph, blocks={"Block": block})
    if analyse(architecture).sound:
        outputs = build(architecture)(*(torch.randn(2, 3) for _ in graph.inputs))
        assert list(outputs) == [node.name for node in graph.outputs]


def test_only_the_generator_of_the_cpu_is_seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    seeded: list[int] = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeded.append)
    before = torch.get_rng_state()
    build(with_layer("fc"), seed=5)
    assert seeded == [] and torch.equal(before, torch.get_rng_state())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_generator_of_the_device_stays_as_it_is() -> None:
    torch.cuda.manual_seed(1)
    before = torch.cuda.get_rng_state()
    build(with_layer("fc"), seed=5)
    assert torch.equal(before, torch.cuda.get_rng_state())


def test_the_largest_seed_can_be_drawn_from() -> None:
    assert torch.isfinite(build(with_layer("fc"), seed=2**63 - 1).get_parameter("fc.weight")).all()


def attention(*more: Node) -> Architecture:
    """Self-attention from its parts, in a block, after a class token."""
    inner = (
        node("x", "Input"),
        node("in_proj", "QueryKeyValue", "x", joined_names=True),
        node("scores", "ScaledDotProduct", "in_proj:query", "in_proj:key"),
        node("softmax", "Softmax", "scores", dim=-1),
        node("sum", "WeightedSum", "softmax", "in_proj:value"),
        node("out_proj", "Linear", "sum", out_features=8),
        node("y", "Output", "out_proj"),
    )
    return network(
        node("tokens", "Input", shape=[5, 8]),
        node("class_token", "ClassToken", "tokens"),
        node("self_attention", "Attention", "class_token"),
        node("output", "Output", "self_attention"),
        blocks={"Attention": Graph(nodes=(*inner, *more))},
    )


def test_weights_may_lie_beside_their_layer_under_the_names_that_torch_has() -> None:
    reference = nn.MultiheadAttention(8, 1, batch_first=True)
    state = {f"self_attention.{name}": weight for name, weight in reference.state_dict().items()}
    state["class_token"] = torch.randn(1, 1, 8)
    module = build(attention())
    module.load_state_dict(state)
    assert {name for name, _ in module.named_parameters()} == state.keys()
    x = torch.randn(3, 5, 8)
    tokens = torch.cat((state["class_token"].expand(3, 1, 8), x), 1)
    expected = reference(tokens, tokens, tokens)[0]
    for network_ in (module, copy.deepcopy(module)):
        torch.testing.assert_close(network_(x)["output"], expected)
    module(x)["output"].sum().backward()
    assert all(parameter.grad is not None for parameter in module.parameters())


def test_a_layer_called_as_a_weight_beside_another_is_a_problem() -> None:
    taken = attention(node("in_proj_weight", "ReLU", "x"), node("z", "Output", "in_proj_weight"))
    (problem,) = (each for each in analyse(taken).problems if each.severity == "error")
    assert problem.sentence() == (
        "self_attention.in_proj_weight: a weight of self_attention.in_proj has the same name, self_attention.in_proj_weight: "
        "rename one of them"
    )
