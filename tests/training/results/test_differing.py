"""The differences between experiments, as the columns of a table."""

from pathlib import Path

from workbench.events import DataPrepared, RecipeChanged
from workbench.runs.store import SavedRun
from workbench.spec import edits
from workbench.spec.change import with_setting
from workbench.spec.column import Column
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment, Head, StartWeights
from workbench.spec.files import read_experiment
from workbench.spec.graph import Graph, Node
from workbench.spec.record import Value, replace
from workbench.training.results.differing import differing, differing_runs
from workbench.training.results.repeats import grouped

LENET = read_experiment("lenet")


def seeded(experiment: Experiment, seed: int) -> Experiment:
    return replace(experiment, seed=seed)


def optimized(kind: str, **parameters: float) -> Experiment:
    recipe = replace(LENET.training, optimizer=Component(type=kind, parameters=dict(parameters)))
    return replace(LENET, training=recipe)


def with_graph(experiment: Experiment, graph: object) -> Experiment:
    architecture = replace(experiment.architecture, graph=graph)
    return replace(experiment, architecture=architecture)


def test_the_same_experiment_differs_in_nothing() -> None:
    moved = with_graph(LENET, edits.move(LENET.architecture.graph, {"conv1": (5.0, 5.0)}))
    renamed = replace(LENET, name="another name")
    assert differing([LENET, moved, renamed]) == {}


def test_of_one_kind_the_parameters_are_told_of_several_kinds_the_whole() -> None:
    slow, fast = optimized("SGD", lr=0.01), optimized("SGD", lr=0.1)
    assert differing([slow, fast]) == {"learning rate": ("0.01", "0.1")}
    assert differing([optimized("SGD"), fast]) == {"learning rate": ("default", "0.1")}
    assert differing([slow, optimized("Adam", lr=0.001)]) == {"optimizer": ("SGD (lr 0.01)", "Adam (lr 0.001)")}


def test_seed_and_plain_settings_are_called_by_their_names() -> None:
    other = with_setting(seeded(LENET, 3), "training.epochs", 99)
    found = differing([LENET, other])
    assert found["seed"] == ("0", "3")
    assert found["epochs"][1] == "99"
    assert set(found) == {"seed", "epochs"}


def relabelled(**labels: str) -> Experiment:
    return replace(LENET, data=replace(LENET.data, relabel={"class": labels} if labels else {}))


def test_corrected_labels_are_counted_and_told_where_their_numbers_are_equal() -> None:
    one, two, other = relabelled(a="Bag"), relabelled(a="Bag", b="Coat"), relabelled(a="Bag", b="Shirt")
    assert differing([one, relabelled(a="Bag")]) == {}
    assert differing([relabelled(), one, two]) == {"labels corrected": ("none", "1", "2")}
    assert differing([two, other]) == {"labels corrected": ("2 (b Coat)", "2 (b Shirt)")}
    assert differing([one, two, other]) == {"labels corrected": ("1", "2 (b Coat)", "2 (b Shirt)")}


def test_of_many_corrected_labels_three_are_told_that_tell_the_recipes_apart() -> None:
    many = {f"p{number:02}": "Bag" for number in range(38)}
    bag, coat = relabelled(**many, z="Bag"), relabelled(**many, z="Coat")
    words = ("39 (z Bag, p00 Bag, p01 Bag and 36 more)", "39 (z Coat, p00 Bag, p01 Bag and 36 more)")
    assert differing([relabelled(), bag, coat]) == {"labels corrected": ("none", *words)}


def test_where_several_columns_are_corrected_each_label_is_told_with_its_own() -> None:
    near, far = (
        replace(LENET, data=replace(LENET.data, relabel={"near": {"a": "x"}, "far": {"b": "y"}} | more))
        for more in ({"near": {"a": "x", "c": "z"}}, {"far": {"b": "y", "c": "z"}})
    )
    assert differing([near, far]) == {"labels corrected": ("3 (near: c z)", "3 (far: c z)")}


def test_what_differs_in_a_head_is_a_setting_of_its_own() -> None:
    two = read_experiment("two-heads-shapes")
    heads = two.training.heads
    (covered,) = (head for head in heads if head.output == "covered")
    other = tuple(replace(head, weight=0.5, loss=Component(type="L1")) if head is covered else head for head in heads)
    assert differing([two, replace(two, training=replace(two.training, heads=other))]) == {
        "heads covered loss": (covered.loss.type, "L1"),
        "heads covered weight": (f"{covered.weight:g}", "0.5"),
    }


def test_a_head_that_only_some_recipes_name_is_told_in_words() -> None:
    two = read_experiment("two-heads-shapes")
    heads = two.training.heads

    def aimed(*chosen: Head) -> Experiment:
        return replace(two, training=replace(two.training, heads=chosen))

    assert differing([two, aimed()]) == {
        "heads which": ("shapes, BCEWithLogits", "default"),
        "heads covered": ("covered, SmoothL1, weight 0.1", "default"),
    }
    assert differing([two, aimed(heads[0])]) == {"heads covered": ("covered, SmoothL1, weight 0.1", "none")}
    again = replace(heads[0], measures=(Component(type="F1"), Component(type="AUC")))
    assert differing([two, aimed(*heads, again)]) == {"heads which 2": ("none", "shapes, BCEWithLogits, F1 + AUC")}


def test_a_head_that_one_run_names_is_compared_with_the_one_that_the_other_has_by_default(tmp_path: Path) -> None:
    prepared = DataPrepared(
        at=0.0, num_train=1, num_val=1, num_test=1, class_names=("a",), picture_shape=(1, 8, 8), fingerprint="",
        columns=(Column(name="class", kind="class", names=("a",)),),
    )  # fmt: skip

    def told(head: Head) -> dict[str, tuple[str, ...]]:
        named = replace(LENET, training=replace(LENET.training, heads=(head,)))
        runs = [SavedRun(folder=tmp_path, experiment=each, events=(prepared,)) for each in (LENET, named)]
        return differing_runs(runs)

    assert told(Head(output="output")) == {}, "what is the default is no difference"
    assert told(Head(output="output", weight=2.0)) == {"heads output weight": ("1", "2")}
    assert told(Head(output="output", measures=(Component(type="TopK"),)))["heads output measures"][0] == "Accuracy"


RATE, EPOCHS, AUGMENTATION = "training.optimizer.lr", "training.epochs", "data.augmentation"
Made = tuple[int, str, Value, Value]


def changed(folder: Path, seed: int, *made: Made) -> SavedRun:
    """A run of the LeNet preset with these changes: step, path, before, after."""
    events = tuple(RecipeChanged(at=seed, step=step, path=path, before=old, after=new) for step, path, old, new in made)
    return SavedRun(folder=folder, experiment=seeded(LENET, seed), events=events)


def test_runs_that_were_changed_on_the_way_are_not_those_that_began_so(tmp_path: Path) -> None:
    """They end with the same experiment, and are no seeds of each other."""
    rate, epochs = (151, RATE, 0.1, 0.05), (151, EPOCHS, 10, 15)
    plain, again = changed(tmp_path, 0), changed(tmp_path, 1)
    slowed, later = changed(tmp_path, 0, rate, epochs), changed(tmp_path, 0, (200, *rate[1:]))
    assert differing_runs([plain, slowed, later])["changed"] == (
        "nothing",
        "epochs 10 → 15 and learning rate 0.1 → 0.05 after step 151",
        "learning rate 0.1 → 0.05 after step 200",
    )
    assert "changed" not in differing_runs([slowed, changed(tmp_path, 1, epochs, rate)]), "changed alike"
    names, groups = grouped([plain, slowed, again])
    assert names == ("changed",) and [group.num_repeats for group in groups] == [2, 1]


def test_a_change_that_was_taken_back_before_another_step_is_none(tmp_path: Path) -> None:
    back = changed(tmp_path, 1, (10, RATE, 0.1, 0.05), (10, RATE, 0.05, 0.1))
    assert "changed" not in differing_runs([changed(tmp_path, 0), back])
    tried = changed(tmp_path, 2, (10, RATE, 0.1, 0.2), (10, RATE, 0.2, 0.01))
    later = changed(tmp_path, 3, (10, RATE, 0.1, 0.05), (11, RATE, 0.05, 0.1))
    assert differing_runs([back, tried, later])["changed"] == (
        "nothing",
        "learning rate 0.1 → 0.01 after step 10",
        "learning rate 0.1 → 0.05 after step 10, learning rate 0.05 → 0.1 after step 11",
    )


def test_a_rate_set_anew_counts_where_the_schedule_may_have_reduced_it(tmp_path: Path) -> None:
    plain, anew = changed(tmp_path, 0), changed(tmp_path, 1, (10, RATE, 0.1, 0.1))
    assert "changed" not in differing_runs([plain, anew])
    schedule = Component(type="Plateau")
    runs = [
        replace(run, experiment=replace(run.experiment, training=replace(run.experiment.training, schedule=schedule)))
        for run in (plain, anew)
    ]
    assert differing_runs(runs)["changed"] == ("nothing", "learning rate 0.1 → 0.1 after step 10")


def test_of_many_changes_a_few_are_told_in_few_words(tmp_path: Path) -> None:
    rates = [(step, RATE, 1 / step, 1 / (step + 1)) for step in range(1, 40)]
    mirror, shift = [[{"type": kind, "parameters": {}}] for kind in ("Mirror", "Shift")]
    many, varied = changed(tmp_path, 0, *rates), changed(tmp_path, 0, (7, AUGMENTATION, [], mirror))
    assert differing_runs([many, varied])["changed"] == (
        "learning rate 1 → 0.5 after step 1, learning rate 0.5 → 0.333333 after step 2, "
        "learning rate 0.333333 → 0.25 after step 3 and 36 more",
        "augmentation after step 7",
    )
    otherwise = changed(tmp_path, 0, (7, AUGMENTATION, [], shift))
    assert differing_runs([varied, otherwise])["changed"] == (
        "augmentation none → Mirror after step 7",
        "augmentation none → Shift after step 7",
    )


def test_networks_of_one_name_are_told_apart_by_what_the_first_has_not() -> None:
    graph = LENET.architecture.graph
    wider = with_graph(LENET, edits.set_parameters(graph, "conv1", {"out_channels": 12}))
    without = with_graph(LENET, edits.remove_nodes(graph, {"relu1"}))
    bypassed = edits.insert_on_edge(edits.add_node(graph, Node(name="bn", type="BatchNorm")), "bn", "pool1", 0)
    words = differing([LENET, wider, without, with_graph(LENET, bypassed)])["network"]
    name = LENET.architecture.name
    named = with_graph(LENET, edits.remove_nodes(graph, {"relu1", "relu2", "pool1"}))
    assert differing([LENET, named])["network"][1] == f"{name}: without pool1, without 2 × ReLU"
    assert words == (name, f"{name}: conv1 out channels 6 → 12", f"{name}: without relu1", f"{name}: with bn")


def test_a_few_settings_of_the_same_nodes_are_told_by_their_names() -> None:
    graph = LENET.architecture.graph
    sizes = [edits.set_parameters(graph, "conv1", {"kernel_size": size}) for size in (3, [3, 5])]
    deeper = [edits.set_repeat(each, "fc2", number) for each in sizes for number in (1, 2)]
    assert differing([with_graph(LENET, each) for each in deeper]) == {
        "kernel size of conv1": ("3", "3", "3, 5", "3, 5"),
        "repeat of fc2": ("1", "2", "1", "2"),
    }
    block = Graph(nodes=(Node(name="input", type="Input"), Node(name="dropout", type="Dropout", inputs=("input",))))
    blocks = [edits.set_parameters(block, "dropout", {"p": p}) for p in (0.1, 0.5)]
    assert differing(
        [replace(LENET, architecture=replace(LENET.architecture, blocks={"Deep": each})) for each in blocks]
    ) == {"p of dropout in Deep": ("0.1", "0.5")}
    much = edits.set_parameters(graph, "conv2", {"kernel_size": 3, "padding": 1, "out_channels": 9, "bias": False})
    assert list(differing([LENET, with_graph(LENET, much)])) == ["network"], "so many are a network of its own"


def test_nodes_of_another_type_in_the_places_of_those_before_are_told_by_their_types() -> None:
    graph = LENET.architecture.graph
    for old in ("relu1", "relu2"):
        graph = edits.retype(graph, old, "Sigmoid", {})
        graph = edits.rename(graph, old, edits.free_name(graph.by_name, "Sigmoid"))
    name = LENET.architecture.name
    assert differing([LENET, with_graph(LENET, graph)])["network"] == (name, f"{name}: 2 × ReLU → Sigmoid")


def test_a_new_block_is_told_as_one_and_its_repeats_are_counted() -> None:
    graph = edits.add_node(LENET.architecture.graph, Node(name="block1", type="Deep", repeat=20, inputs=("fc1",)))
    inside = (Node(name="input", type="Input"), Node(name="output", type="Output", inputs=("input",)))
    network = replace(LENET.architecture, graph=graph, blocks={"Deep": Graph(nodes=inside)})
    deep = replace(LENET, architecture=network)
    skip = edits.add_node(network.blocks["Deep"], Node(name="add1", type="Add", inputs=("input",)))
    deep_with_skip = replace(LENET, architecture=replace(network, blocks={"Deep": skip}))
    name = LENET.architecture.name
    assert differing([LENET, deep, deep_with_skip, deep])["network"] == (
        name,
        f"{name}: with 20 × Deep",
        f"{name}: with 20 × Deep, with Deep/add1",
        f"{name}: with 20 × Deep",
    )


def test_augmentation_and_weights_are_told_in_words() -> None:
    varied = (Component(type="Mirror"), Component(type="Shift", parameters={"max_pixels": 3}))
    weights = StartWeights(file="/home/ada/lenet-1.safetensors", sha256="0" * 64)
    other = replace(
        LENET,
        data=replace(LENET.data, augmentation=varied),
        training=replace(LENET.training, weights=weights),
    )
    assert differing([LENET, other]) == {
        "augmentation": ("none", "Mirror + Shift (max_pixels 3)"),
        "initial weights": ("none", "lenet-1"),
    }


def test_networks_of_several_names_are_called_by_them() -> None:
    other = replace(LENET, architecture=read_experiment("alexnet_mini").architecture)
    names = differing([LENET, other])["network"]
    assert names == (LENET.architecture.name, other.architecture.name)


def test_initial_weights_are_told_by_name_and_only_where_names_agree_by_their_hash() -> None:
    lenet = read_experiment("lenet")
    files = [f"/kept/wide-{'a' * 12}.safetensors", "/runs/lenet-1/checkpoints/best.safetensors"]
    started = [StartWeights(file=file, sha256=letter * 64) for file, letter in zip(files, "ab", strict=True)]

    def told(*weights: StartWeights | None) -> dict[str, tuple[str, ...]]:
        return differing([replace(lenet, training=replace(lenet.training, weights=each)) for each in weights])

    assert told(None, *started) == {"initial weights": ("none", "wide", "lenet-1 (best)")}
    others = (StartWeights(file="/a/net.pt", sha256="c" * 64), StartWeights(file="/b/net.pt", sha256="d" * 64))
    assert told(*others) == {"initial weights": ("net (cccccccc)", "net (dddddddd)")}
