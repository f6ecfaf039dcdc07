"""Experiments as files: they read back equal, and every mistake gives one sentence that says where it is."""

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.spec.component import Component
from workbench.spec.experiment import (
    Architecture,
    DataRecipe,
    Experiment,
    Reference,
    TrainingRecipe,
    experiment_of,
)
from workbench.spec.files import (
    find,
    from_json,
    preset_names,
    read_architecture,
    read_as_experiment,
    read_experiment,
    read_network,
    to_json,
)
from workbench.spec.graph import Graph, Node
from workbench.spec.problems import SpecError
from workbench.spec.structure import check_structure

names = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=8)
numbers = st.integers(-(2**50), 2**50) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=8).filter(lambda text: not text.startswith("$")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
parameters = st.dictionaries(names, values, max_size=3)
places = st.none() | st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))


@st.composite
def graphs(draw, types=("Input", "ReLU", "Add")):
    """Any graph whose nodes take their inputs from earlier nodes."""
    nodes: list[Node] = []
    for name in draw(st.lists(names, max_size=6, unique=True)):
        kind = draw(st.sampled_from(types))
        before = [node.name for node in nodes]
        inputs = draw(st.lists(st.sampled_from(before), max_size=2)) if before and kind != "Input" else []
        nodes.append(
            Node(
                name=name,
                type=kind,
                inputs=tuple(inputs),
                parameters=draw(parameters),
                repeat=draw(st.integers(1, 9)),
                position=draw(places),
            )
        )
    return Graph(nodes=tuple(nodes), parameters=draw(parameters), about=draw(st.text(max_size=20)))


architectures = st.builds(
    Architecture,
    name=st.text(max_size=20),
    graph=graphs(),
    blocks=st.dictionaries(names.map(lambda name: f"Block{name}"), graphs(), max_size=2),
    about=st.text(max_size=200),
    reference=st.none() | st.builds(Reference, paper=st.text(max_size=200), year=st.integers(1943, 2100)),
)
components = st.builds(Component, type=names, parameters=parameters)
experiments = st.builds(
    Experiment,
    name=st.text(max_size=20),
    architecture=architectures,
    data=st.builds(DataRecipe, source=components, augmentation=st.lists(components, max_size=2).map(tuple)),
    training=st.builds(TrainingRecipe, epochs=st.integers(1, 1000), optimizer=components, schedule=components),
    seed=st.integers(0, 2**31),
)


@given(experiments)
def test_an_experiment_reads_back_equal_and_writes_the_same_bytes(experiment):
    text = to_json(experiment)
    read = from_json(text, Experiment)
    assert read == experiment
    assert to_json(read) == text


@given(architectures)
def test_an_architecture_reads_back_equal(architecture):
    assert check_structure(architecture) == ()
    assert from_json(to_json(architecture), Architecture) == architecture


def test_a_file_is_readable_a_line_a_node():
    graph = Graph(nodes=tuple(Node(name=f"relu{i}", type="ReLU", inputs=("a",)) for i in range(3)))
    lines = to_json(Architecture(name="A", graph=graph)).splitlines()
    assert '      {"name": "relu1", "type": "ReLU", "inputs": ["a"]},' in lines


def plain() -> dict:
    """The smallest experiment, as in a file."""
    return {
        "format": "workbench/experiment",
        "version": 1,
        "name": "small",
        "architecture": {
            "format": "workbench/architecture",
            "version": 1,
            "name": "small",
            "graph": {
                "nodes": [
                    {"name": "input", "type": "Input", "parameters": {"shape": [4]}},
                    {"name": "fc", "type": "Linear", "inputs": ["input"]},
                    {"name": "output", "type": "Output", "inputs": ["fc"]},
                ]
            },
        },
        "data": {"source": {"type": "Digits"}},
    }


def changed(path: str, value: object) -> str:
    """The smallest file with one place changed; ``path`` is written as in the messages."""
    whole = plain()
    *way, last = path.split(".")
    place: object = whole
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[int(last) if last.isdigit() else last] = value
    return json.dumps(whole)


def nested(depth: int) -> list:
    """Lists nested this deep."""
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


NODES = "architecture.graph.nodes"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed("colour", 1), "there is no setting called `colour`"),
        (changed("training", {"epochs": "ten"}), "training.epochs: expected a whole number, got text"),
        (changed("training", {"epochs": 0}), "training.epochs: expected a whole number >= 1"),
        (changed(f"{NODES}.1.inputs", ["ghost"]), "fc: its input ghost is missing: there is no node called ghost"),
        (changed(f"{NODES}.1.inputs", ["fc"]), "fc: the connections form a cycle: fc → fc"),
        (changed(f"{NODES}.1.name", "input"), "two nodes have this name"),
        (changed(f"{NODES}.1.name", "a.b"), "nodes[1].name"),
        (changed(f"{NODES}.1.parameters", {"out_features": "$width"}), "no parameter of that name"),
        (
            changed("architecture.blocks", {"Mine": {"notes": [{"position": [0, 0], "colour": "pink"}]}}),
            "notes[0].colour: there is no pink; there is blue, green, grey, purple, red, yellow",
        ),
        (changed("version", 2), "version 2, written by a newer Workbench"),
        (changed("architecture.version", 7), "version 7, written by a newer Workbench"),
        (changed("format", "workbench/architecture"), 'expected "workbench/experiment"'),
        (changed("architecture", "no-such-preset"), "no preset called no-such-preset"),
        (changed("seed", float("nan")), "NaN is not allowed"),
        ('{"format": "workbench/experiment", "format": 1}', "format appears twice"),
        ('{"format": ', "line 1, column 12: not valid JSON"),
        ("[]", "not a Workbench file"),
        ("[" * 100_000, "nested too deeply"),
        (changed(f"{NODES}.1.parameters", {"deep": nested(60)}), "nested too deeply"),
        (changed("seed", -1), "seed: expected a whole number >= 0"),
        (changed("seed", 2**63), "the whole number 9223372036854775808 is too large"),
        (changed("seed", 7).replace("7", "7" * 5000), "the whole number 77777777777777777777… is too large"),
        (changed("data.validation_share", 7).replace("7", "1e999"), "the number 1e999 is too large"),
        (changed("data.validation_share", 7).replace("7", "-1e999"), "the number -1e999 is too large"),
        (changed("name", "\ud800"), "the text \\ud800 is an unpaired surrogate"),
        (changed("about", "fine \U0001f642 but \udfff"), "the text \\udfff is an unpaired surrogate"),
        (changed(f"{NODES}.1.name", "fc\n"), "nodes[1].name"),
        (changed(f"{NODES}.1.name", "7" * 5000), "nodes[1].name"),
        (
            changed("architecture", "../experiments/lenet"),
            "architecture: there is no preset called ../experiments/lenet",
        ),
        (changed("architecture", "x" * 5000), "architecture: there is no preset called"),
        (changed("architecture", "lenett"), "architecture: there is no preset called lenett; presets are lenet"),
        (b"\xff\xfe\x00", "not a text file"),
    ],
)
def test_every_mistake_is_one_clear_sentence_that_names_the_place(text, message):
    with pytest.raises(SpecError) as raised:
        from_json(text, Experiment, "mine.json")
    assert str(raised.value).startswith("mine.json: ")
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_preset_is_named_by_its_file_or_its_bare_name(tmp_path):
    experiment = read_experiment("lenet")
    file = tmp_path / "mine.json"
    file.write_text(to_json(experiment))
    assert read_experiment(file) == experiment
    assert read_architecture(file) == experiment.architecture == read_architecture("lenet")


def test_a_name_that_experiments_and_networks_have_means_the_network():
    assert read_network("lenet") == read_architecture("lenet")
    assert read_network("lenet-digits") == read_experiment("lenet-digits")


def test_an_unknown_preset_gets_near_names():
    with pytest.raises(SpecError, match="no file or preset called lenett; presets are .*lenet"):
        read_architecture("lenett")
    with pytest.raises(SpecError, match="there is no file called"):
        read_architecture("../experiments/lenet")


def test_an_experiment_names_presets_alone_wherever_it_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = Architecture(name="own", graph=Graph())
    (tmp_path / "lenet").write_text(to_json(own))
    (tmp_path / "own.json").write_text(to_json(own))
    experiment = from_json(changed("architecture", "lenet"), Experiment)
    assert experiment.architecture.name == "LeNet-5"
    for path in ("own.json", str(tmp_path / "own.json")):
        with pytest.raises(SpecError, match="architecture: there is no preset called"):
            from_json(changed("architecture", path), Experiment)


def test_an_experiment_that_names_itself_ends_in_a_sentence(tmp_path):
    file = tmp_path / "mine.json"
    file.write_text(changed("architecture", str(file)))
    with pytest.raises(SpecError, match="architecture: there is no preset called"):
        read_experiment(file)


def test_a_name_too_long_for_a_file_ends_in_a_sentence():
    with pytest.raises(SpecError, match="there is no file or preset called xxx"):
        read_experiment("x" * 5000)


def test_the_largest_seed_reads_back():
    experiment = from_json(changed("seed", 2**63 - 1), Experiment)
    assert from_json(to_json(experiment), Experiment).seed == 2**63 - 1


def test_an_architecture_s_file_is_an_experiment_on_shipped_pictures(tmp_path):
    file = tmp_path / "mine.json"
    file.write_text(to_json(read_architecture("lenet")))
    assert read_as_experiment(file) == experiment_of(read_architecture("lenet"))
    file.write_text(to_json(read_experiment("lenet")))
    assert read_as_experiment(file) == read_as_experiment("lenet") == read_experiment("lenet")
    with pytest.raises(SpecError, match="presets are lenet"):
        read_as_experiment("lenet-digit")


@given(st.binary(max_size=40) | st.text(max_size=40))
def test_no_bytes_and_no_text_end_in_a_trace(text):
    for whole in (text, b'{"format": ' + text if isinstance(text, bytes) else '{"format": ' + text):
        with pytest.raises(SpecError):
            from_json(whole, Experiment)


@pytest.mark.parametrize("name", preset_names("experiments"))
def test_shipped_experiments_are_written_and_read_again(name):
    experiment = read_experiment(name)
    assert from_json(to_json(experiment), Experiment) == experiment


@pytest.mark.parametrize("name", preset_names("architectures"))
def test_shipped_networks_are_laid_out_as_the_program_writes_them(name):
    assert to_json(read_architecture(name)) == find(name, "architectures").read_text("utf-8")


def test_a_network_s_file_is_told_by_its_format_in_whatever_order_its_keys_stand(tmp_path):
    """With sorted keys, as by ``jq --sort-keys``, the architecture comes first."""
    for name, found in (("lenet", read_experiment("lenet")), ("resnet18", read_architecture("resnet18"))):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(json.loads(to_json(found)), sort_keys=True))
        assert read_network(file) == found
    for text in (b"", b"[1]", b'{"format": 3}', b'{"format": "\xff"}', b"[" * 100_000):
        file.write_bytes(text)
        with pytest.raises(SpecError, match=file.name):
            read_network(file)
