"""Two networks compared side by side, without Qt."""

from workbench.compiler.diff import compare
from workbench.gui.compare_networks.presenter import lines_of, sentence_of, totals_of
from workbench.spec import edits
from workbench.spec.files import read_architecture

LENET = read_architecture("lenet")


def test_rows_with_signs_and_both_sides():
    graph = edits.remove_nodes(edits.set_parameters(LENET.graph, "conv1", {"out_channels": 8}), ["relu4"])
    changed = edits.replace(LENET, graph=graph)
    lines = {"/".join(line.path): line for line in lines_of(compare(LENET, changed), all_nodes=False)}
    assert {path: line.sign for path, line in lines.items()} == {
        "conv1": "~",
        "pool1": "≈",
        "relu1": "≈",
        "conv2": "≈",
        "relu4": "−",
    }
    assert lines["conv1"].before == ("conv1   Conv2d", "6×28×28") and lines["conv1"].after[1] == "8×28×28"
    assert lines["conv1"].changes == "out_channels 6 → 8" and lines["conv1"].costs[0] == "+52"
    assert lines["relu4"].after == ("", "") and lines["relu4"].costs == ("", "", "−336")
    difference = compare(LENET, changed)
    assert sentence_of(difference) == "Nodes: 1 gone, 1 changed."
    assert len(lines_of(difference, all_nodes=True)) == len(LENET.graph.nodes)


def test_sums_and_shares():
    totals = totals_of(compare(read_architecture("resnet18"), read_architecture("resnet34")))
    assert [total.name for total in totals] == ["Parameters", "MACs", "Activation bytes"]
    assert (totals[0].before, totals[0].after) == ("11,689,512", "21,797,672")
    assert totals[0].difference == "+10,108,160 (+86.5 %)"
    assert (
        totals_of(compare(read_architecture("resnet34"), read_architecture("resnet18")))[0].difference
        == "−10,108,160 (−46.4 %)"
    )


def test_equal_networks_and_those_with_a_problem():
    assert sentence_of(compare(LENET, LENET)) == "The two networks are identical."
    broken = edits.replace(LENET, graph=edits.set_parameters(LENET.graph, "conv2", {"kernel_size": 99}))
    difference = compare(LENET, broken)
    assert sentence_of(difference).startswith("LeNet-5 has a problem, so it is compared only up to there. conv2: ")
    costs = {line.path: line.costs for line in lines_of(difference, all_nodes=False)}
    assert costs[("conv2",)] == ("?", "?", "?")
