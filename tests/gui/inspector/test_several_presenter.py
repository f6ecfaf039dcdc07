"""What several nodes have in common, and the effect of editing all of them."""

from tests.compiler.networks import node, picture
from tests.gui.canvas.networks import experiment
from workbench.compiler.analysis import analyse
from workbench.gui.experiment.selected import Selected
from workbench.gui.forms.form_text import Mixed
from workbench.gui.inspector.several_page import several_page, with_parameter_of_all
from workbench.spec.experiment import Experiment
from workbench.spec.graph import Graph


def drawn() -> Experiment:
    return experiment(
        Graph(
            nodes=(
                picture(3, 16),
                node("a", "Conv2d", "input", out_channels=8, kernel_size=3, padding=1),
                node("b", "Conv2d", "a", out_channels=16, kernel_size=3),
                node("pool", "MaxPool2d", "b", kernel_size=2),
                node("relu", "ReLU", "pool"),
                node("output", "Output", "relu"),
            )
        )
    )


def select(*names: str) -> Selected:
    return Selected(names=frozenset(names))


def test_layers_of_a_kind_share_all_their_settings_and_what_differs_is_mixed() -> None:
    page = several_page(drawn().architecture, select("a", "b"), None)
    assert page.kinds == "2 Conv2d"
    assert page.values["kernel_size"] == 3
    assert page.values["out_channels"] == Mixed(values=(8, 16))
    assert page.values["padding"] == Mixed(values=(1, 0)), "a default counts too"
    assert page.values["bias"] is True


def test_different_kinds_share_what_has_one_name_and_kind() -> None:
    page = several_page(drawn().architecture, select("a", "pool"), None)
    assert page.kinds == "1 Conv2d, 1 MaxPool2d"
    names = [parameter.name for parameter in page.parameters]
    assert "kernel_size" in names and "dilation" in names
    assert "out_channels" not in names and "ceil_mode" not in names
    assert "padding" not in names, "a convolution's may be the word same"
    assert several_page(drawn().architecture, select("a", "relu"), None).parameters == ()


def test_an_edit_sets_all_and_a_default_is_not_written() -> None:
    changed = with_parameter_of_all(drawn().architecture, select("a", "b"), "padding", 2)
    by_name = changed.graph.by_name
    assert [by_name[name].parameters["padding"] for name in ("a", "b")] == [2, 2]
    back = with_parameter_of_all(changed, select("a", "b"), "padding", None, reset=True)
    assert all("padding" not in back.graph.by_name[name].parameters for name in ("a", "b"))
    assert back.graph.by_name["pool"] == drawn().architecture.graph.by_name["pool"]


def test_the_facts_are_sums_and_the_problems_are_theirs() -> None:
    architecture = drawn().architecture
    analysis = analyse(architecture)
    page = several_page(architecture, select("a", "b"), analysis)
    assert dict(page.facts)["Parameters"] == f"{analysis.parameters:,}"
    broken = with_parameter_of_all(drawn().architecture, select("a", "b"), "kernel_size", 40)
    told = {problem.node for problem in several_page(broken, select("b", "a"), analyse(broken)).problems}
    assert told == {"a"}
