"""Facts in words, and the effect of edits."""

from tests.gui.canvas.networks import chain, experiment
from workbench.compiler.analysis import analyse
from workbench.compiler.facts import NodeFacts
from workbench.gui.inspector import presenter, rows
from workbench.layers import LAYERS
from workbench.spec import edits, quantities
from workbench.spec.experiment import Published
from workbench.spec.files import read_architecture, read_experiment
from workbench.spec.forms import parameters_of
from workbench.spec.graph import Graph, Node
from workbench.spec.record import replace
from workbench.training.checking.memory import training_memory


def test_the_facts_of_a_layer() -> None:
    architecture = read_architecture("lenet")
    page = presenter.node_page(architecture, "conv1", analyse(architecture, classes=10))
    assert dict(page.facts) == {
        "Input": "1×28×28",
        "Output": "6×28×28",
        "Parameters": "156",
        "MACs": "118 k",
        "Receptive field": "5×5 px",
        "Activations": "18.4 KiB",
    }


def test_the_whole_network_has_totals_and_its_origin() -> None:
    architecture = read_architecture("lenet")
    page = presenter.network_page(experiment(architecture.graph), analyse(architecture, classes=10))
    assert dict(page.facts)["Parameters"] == "61,706"


def test_what_was_published_leaves_out_what_was_not() -> None:
    published = Published(source="torchvision, IMAGENET1K_V1", top1=69.758, parameters=11_689_512, macs=1_814_000_000)
    assert presenter.published_facts(published) == (
        ("Top-1", "69.758 %"),
        ("Parameters", "11,689,512"),
        ("MACs", "1.81 G"),
    )


def test_a_network_says_where_its_published_numbers_stand() -> None:
    before = experiment(chain("ReLU"))
    page = presenter.network_page(replace(before, architecture=read_architecture("resnet50")), None)
    assert dict(page.published)["Top-1"] == "76.13 %"
    assert page.source.startswith("Source: torchvision")


def read_off(facts: NodeFacts) -> dict[str, str]:
    return {name: words.replace("\N{NO-BREAK SPACE}", " ") for name, words in rows.arithmetic(facts)}


def test_how_a_layers_numbers_come_about() -> None:
    nodes = analyse(read_architecture("lenet"), classes=10).nodes
    assert read_off(nodes["conv1"]) == {
        "Height, width": "(28 + 2·2 − 5) / 1 + 1 = 28",
        "Parameters": "5·5·1·6 + 6 = 156",
    }
    assert read_off(nodes["flatten"]) == {"Numbers": "16·5·5 = 400"}
    assert read_off(nodes["fc1"]) == {"Parameters": "400·120 + 120 = 48,120"}
    assert read_off(nodes["relu1"]) == {}
    wide = analyse(read_architecture("lenet"), input_shape=(1, 28, 36)).nodes
    assert read_off(wide["pool1"]) == {"Height": "(28 − 2) / 2 + 1 = 14", "Width": "(36 − 2) / 2 + 1 = 18"}


def test_the_memory_of_a_training_step_is_told_in_parts_and_together() -> None:
    lenet = read_experiment("lenet")
    analysis = analyse(lenet.architecture, classes=10)
    told = dict(rows.memory_facts(lenet, analysis))
    assert told["Weights"] == told["Gradients"] == quantities.memory(4 * 61_706)
    needed = training_memory(lenet.training, analysis)
    assert needed and told["Total"] == quantities.memory(needed.total)
    assert "Activations" in told


def test_a_value_set_to_its_default_is_no_longer_written() -> None:
    before = experiment(chain("MaxPool2d")).architecture
    parameters = {parameter.name: parameter for parameter in parameters_of(LAYERS["MaxPool2d"])}
    changed = presenter.with_parameter(before, "n0", parameters["padding"], 1)
    assert changed.graph.by_name["n0"].parameters == {"padding": 1}
    assert presenter.with_parameter(changed, "n0", parameters["padding"], 0) == before


def test_a_block_has_a_form_of_its_parameters() -> None:
    block = Graph(parameters={"width": 16, "shift": 0.5, "bias": True, "sizes": [1, 2], "mode": "zeros"})
    kinds = {parameter.name: parameter.kind for parameter in presenter.block_parameters(block)}
    assert kinds == {"width": "int", "shift": "float", "bias": "bool", "sizes": "ints", "mode": "text"}


def test_a_problem_inside_a_repeated_node_is_on_its_page() -> None:
    graph = edits.add_node(
        chain("ReLU"),
        Node(name="wide", type="Conv2d", inputs=("n0",), parameters={"out_channels": 4, "kernel_size": 99}),
    )
    graph = edits.set_repeat(graph, "wide", 2)
    architecture = experiment(graph).architecture
    page = presenter.node_page(architecture, "wide", analyse(architecture))
    assert page.problems
    assert page.problems[0].node == ""
