"""Initialisers against torch's own functions, and LSUV against its paper."""

import copy

import msgspec
import pytest
import torch
from torch import nn

from tests.training.experiments import data_of, digits, with_training
from workbench.compiler.analysis import analyse
from workbench.compiler.module import build
from workbench.data.batches import Batches
from workbench.events import LayerVariance
from workbench.layers.modules.attention import QueryKeyValue
from workbench.spec.component import Component
from workbench.spec.experiment import Architecture
from workbench.spec.files import read_experiment
from workbench.spec.graph import Graph, Node
from workbench.spec.grouping import ungroup
from workbench.spec.override import override
from workbench.spec.record import replace
from workbench.spec.treatment import initialisers
from workbench.training import INITIALISERS
from workbench.training.checking.checks import check_training
from workbench.training.initialisation import chosen_initialisers, draw, initialise, output_variances
from workbench.training.initialiser import mixing_layers


@pytest.fixture(scope="module")
def batches():
    data = data_of(digits())
    return Batches(data.train, mean=data.mean, std=data.std, batch_size=256)


def network(seed=0):
    return build(digits().architecture, classes=10, seed=seed)


def alike(module, name, parameters=None):
    """The same initialiser for all layers."""
    return {path: INITIALISERS.make(name, parameters or {}) for path, _ in mixing_layers(module)}


@pytest.mark.parametrize(
    ("name", "parameters", "reference"),
    [
        ("Xavier", {}, nn.init.xavier_uniform_),
        ("Xavier", {"distribution": "normal", "gain": 2.0}, lambda w: nn.init.xavier_normal_(w, gain=2.0)),
        ("Kaiming", {}, lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu")),
        (
            "Kaiming",
            {"distribution": "uniform", "mode": "fan_out"},
            lambda w: nn.init.kaiming_uniform_(w, mode="fan_out", nonlinearity="relu"),
        ),
        ("Orthogonal", {"gain": 3.0}, lambda w: nn.init.orthogonal_(w, gain=3.0)),
    ],
)
def test_weights_are_drawn_as_torch_draws_them(name, parameters, reference):
    ours, theirs = network().to(memory_format=torch.channels_last), network()
    torch.manual_seed(5)
    draw(ours, alike(ours, name, parameters), torch.zeros(1, 1, 8, 8))
    torch.manual_seed(5)
    for _, layer in mixing_layers(theirs):
        reference(layer.weight)
        nn.init.zeros_(layer.bias)
    assert all(torch.equal(one, other) for one, other in zip(ours.parameters(), theirs.parameters(), strict=True))


@pytest.mark.parametrize("name", sorted(INITIALISERS.table))
def test_every_initialiser_hangs_on_its_seed_alone(batches, name):
    def weights(seed):
        module = network()
        initialise(module, alike(module, name), batches, seed)
        return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])

    torch.manual_seed(1)
    first = weights(3)
    torch.manual_seed(2)
    assert torch.equal(first, weights(3))
    assert torch.equal(first, weights(4)) == (name == "Default")


@pytest.mark.parametrize("preset", ["lenet", "vgg_small", "resnet20"])
def test_lsuv_gives_each_layer_variance_one_with_orthogonal_weights(preset):
    experiment = read_experiment(preset)
    shape = experiment.architecture.graph.inputs[0].parameters["shape"]
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(32, *shape, generator=generator)
    module = build(experiment.architecture, classes=10, seed=0)
    torch.manual_seed(0)
    draw(module, alike(module, "LSUV", {"tolerance": 0.05}), inputs)
    assert module.training
    variances = output_variances(module, inputs)
    assert len(variances) == len(list(mixing_layers(module)))
    assert all(variance == pytest.approx(1, abs=0.05) for variance in variances.values())
    for _, layer in mixing_layers(module):
        matrix = layer.weight.detach().flatten(start_dim=1).double()
        gram = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
        assert torch.allclose(gram / gram[0, 0], torch.eye(len(gram), dtype=torch.float64), atol=1e-4)
        assert not layer.bias.any() if layer.bias is not None else True


def test_lsuv_is_the_papers_first_algorithm():
    """Algorithm 1 of Mishkin and Matas, line by line, on torch's own layers."""
    shape = (16, 1, 8, 8)
    inputs = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    ours = network()
    layers = nn.ModuleDict({path: copy.deepcopy(layer) for path, layer in mixing_layers(ours)})
    torch.manual_seed(7)
    draw(ours, alike(ours, "LSUV", {"tolerance": 0.01, "max_passes": 3}), inputs)

    def answers(path):
        if path == "conv":
            return layers["conv"](inputs)
        normed = nn.functional.batch_norm(answers("conv"), torch.zeros(8), torch.ones(8))  # as initialised
        return layers["fc"](nn.functional.max_pool2d(normed.relu(), 2).flatten(1))

    torch.manual_seed(7)
    for layer in layers.values():
        nn.init.orthogonal_(layer.weight)
        nn.init.zeros_(layer.bias)
    with torch.no_grad():
        for path, layer in layers.items():
            trials = 0
            while abs(answers(path).var() - 1) >= 0.01 and trials < 3:
                layer.weight /= answers(path).var().sqrt()
                trials += 1
    for path, layer in mixing_layers(ours):
        assert torch.allclose(layer.weight, layers[path].weight, rtol=1e-4)


def test_what_was_done_is_told_by_layer(batches):
    module = network()
    before = output_variances(module, next(batches.epoch(0)).inputs)
    rows = initialise(module, alike(module, "LSUV"), batches, seed=0)
    assert [row.layer for row in rows] == ["conv", "fc"]
    assert [row.before for row in rows] == list(before.values())
    assert all(abs(row.after - 1) < 0.1 for row in rows)


@pytest.mark.parametrize("name", ["Kaiming", "LSUV"])
def test_one_answer_has_no_variance_and_spoils_neither_weights_nor_log(name):
    graph = override(digits(), "architecture.graph.nodes.fc.parameters.out_features", "1").architecture
    module = build(graph, classes=10, seed=0)
    data = data_of(digits())
    one = Batches(data.train, mean=data.mean, std=data.std, batch_size=1)
    rows = initialise(module, alike(module, name), one, seed=0)
    assert rows[-1].after == 0 and all(weight.isfinite().all() for weight in module.parameters())
    assert msgspec.json.decode(msgspec.json.encode(rows), type=tuple[LayerVariance, ...]) == rows


def test_the_variance_of_answers_that_overflow_is_a_number(batches):
    module = network()
    module.conv.weight.data.fill_(1e38)
    assert output_variances(module, next(batches.epoch(0)).inputs)["conv"] == torch.finfo(torch.float32).max


def test_torchs_own_weights_are_left_as_they_are(batches):
    module, other = network(), network()
    assert initialise(module, alike(module, "Default"), batches, seed=9) == ()
    assert all(torch.equal(one, two) for one, two in zip(module.parameters(), other.parameters(), strict=True))


def drawn(experiment, batches):
    module = build(experiment.architecture, classes=10, seed=0)
    return module, initialise(module, chosen_initialisers(module, experiment), batches, seed=0)


def test_a_layer_may_be_drawn_by_an_initialiser_of_its_own(batches):
    plain = with_training(digits(), initialiser=Component(type="Orthogonal", parameters={"gain": 2.0}))
    mixed = override(plain, "architecture.graph.nodes.conv.initialiser", '{"type": "Default"}')
    as_built = build(mixed.architecture, classes=10, seed=0)
    module, rows = drawn(mixed, batches)
    assert torch.equal(module.conv.weight, as_built.conv.weight) and torch.equal(module.conv.bias, as_built.conv.bias)
    gram = module.fc.weight @ module.fc.weight.T
    assert torch.allclose(gram, 4 * torch.eye(len(gram)), atol=1e-4) and not module.fc.bias.any()
    assert [(row.layer, row.method) for row in rows] == [("conv", "Default"), ("fc", "Orthogonal")]


@pytest.mark.parametrize("preset", ["convnext_mini", "vit_mini", "swin_mini"])
def test_what_scales_or_is_added_begins_as_it_was_built_and_is_not_said_to_be_drawn(preset):
    """Such as a LayerScale, which starts near 0 on purpose; the compiler's report agrees with what is done."""
    experiment = read_experiment(preset)
    plain, module = (build(experiment.architecture, classes=10, seed=0) for _ in range(2))
    torch.manual_seed(5)
    shape = experiment.architecture.graph.inputs[0].parameters["shape"]
    draw(module, alike(module, "LSUV"), torch.randn(4, *shape))
    before = dict(plain.named_parameters())
    drawn = {name for name, weight in module.named_parameters() if not torch.equal(weight, before[name])}
    kinds = nn.Linear | nn.Conv2d | QueryKeyValue
    matrices = {path for path, layer in module.named_modules() if isinstance(layer, kinds)}
    assert drawn >= {f"{path}.weight" for path in matrices}
    assert all(name.rpartition(".")[0] in matrices for name in drawn)
    facts = analyse(experiment.architecture, classes=10)
    assert {path for path in facts.leaves if facts.nodes[path].mixes} == matrices


def test_both_matrices_of_attention_are_drawn_by_its_own_initialiser():
    nodes = (
        Node(name="tokens", type="Input", parameters={"shape": [9, 8]}),
        Node(name="mix", type="Linear", parameters={"out_features": 8}, inputs=("tokens",)),
        Node(
            name="attend",
            type="MultiheadSelfAttention",
            parameters={"num_heads": 2},
            inputs=("mix",),
            initialiser=Component(type="LSUV"),
        ),
        Node(name="answers", type="Output", inputs=("attend",)),
    )
    experiment = replace(digits(), architecture=Architecture(name="One", graph=Graph(nodes=nodes)))
    module = build(experiment.architecture, classes=10, seed=0)
    chosen = chosen_initialisers(module, experiment)
    assert {path: type(each).__name__ for path, each in chosen.items()} == {
        "mix": "Default",
        "attend": "LSUV",
        "attend.out_proj": "LSUV",
    }
    inputs = torch.randn(16, 9, 8, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    draw(module, chosen, inputs)
    for weight in (module.attend.in_proj_weight, module.attend.out_proj.weight.T):
        gram = weight.T @ weight
        assert torch.allclose(gram / gram[0, 0], torch.eye(8), atol=1e-4)
    assert output_variances(module, inputs)["attend"] == pytest.approx(1, abs=0.1)


def test_lsuv_of_one_layer_leaves_the_others(batches):
    experiment = override(digits(), "architecture.graph.nodes.fc.initialiser", '{"type": "LSUV"}')
    as_built = build(experiment.architecture, classes=10, seed=0)
    module, rows = drawn(experiment, batches)
    assert torch.equal(module.conv.weight, as_built.conv.weight)
    assert rows[0].before == rows[0].after and abs(rows[1].after - 1) < 0.1


def test_a_blocks_initialiser_is_that_of_all_in_it_but_of_those_with_their_own():
    kaiming, xavier = Component(type="Kaiming"), Component(type="Xavier")
    inner = Graph(
        nodes=(
            Node(name="x", type="Input"),
            Node(name="a", type="Linear", inputs=("x",)),
            Node(name="b", type="Linear", inputs=("a",), initialiser=xavier),
            Node(name="y", type="Output", inputs=("b",)),
        )
    )
    use = Node(name="pair", type="Pair", repeat=2, initialiser=kaiming)
    architecture = Architecture(
        name="Pairs", graph=Graph(nodes=(use, Node(name="c", type="Linear"))), blocks={"Pair": inner}
    )
    found = {path: each.type for path, each in initialisers(architecture).items() if path[-1] in "ab"}
    assert found == {"pair0.a": "Kaiming", "pair0.b": "Xavier", "pair1.a": "Kaiming", "pair1.b": "Xavier"}
    assert "c" not in initialisers(architecture)
    apart, names = ungroup(architecture, "", "pair")
    assert [apart.graph.by_name[name].initialiser for name in names] == [kaiming, xavier] * 2


def test_an_initialiser_that_there_is_not_is_a_problem_of_its_layer():
    experiment = override(digits(), "architecture.graph.nodes.conv.initialiser", '{"type": "Kaimin"}')
    analysis = analyse(experiment.architecture, classes=10)
    (problem,) = check_training(experiment, analysis, data_of(experiment).columns)
    assert problem.node == "conv" and "Kaiming" in problem.what
