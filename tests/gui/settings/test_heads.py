"""The targets of outputs in the form: columns, their losses and measures, and the effect of edits on the recipe."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from tests.gui.settings.targets import choose, columns_of
from workbench.gui.experiment.document import Document
from workbench.gui.settings.head_list import HeadList
from workbench.gui.settings.heads import aims, known_columns, with_target
from workbench.gui.settings.section import LABEL_WIDTH
from workbench.gui.widgets.panel import ElidedLabel
from workbench.spec.files import read_experiment
from workbench.spec.ports import rename_in
from workbench.spec.record import replace
from workbench.training.plan import check


def head_list(qtbot: QtBot, name: str) -> tuple[Document, HeadList]:
    document = Document(read_experiment(name))
    shown = HeadList(document)
    document.listen(lambda before, after: shown.show_aims())
    qtbot.addWidget(shown)
    shown.show_columns(columns_of(document.experiment))
    shown.show()
    return document, shown


def listed(box: QComboBox) -> list[object]:
    return [box.itemData(place) for place in range(box.count())]


def test_another_target_brings_the_losses_and_measures_for_it(qtbot: QtBot) -> None:
    document, shown = head_list(qtbot, "regression-shapes")
    (part,) = shown.parts
    assert listed(part.target) == ["pixels", "shapes", "covered", "picture", None]
    assert listed(part.loss.types) == ["MSE", "L1", "Huber", "SmoothL1"]
    said = []
    for width in range(450, 229, -10):
        shown.resize(width, 400)
        qtbot.waitUntil(lambda: part.measures.sizeHint().width() <= part.measures.width())  # nothing is cut off
        said.append(part.measures.text())
    assert list(dict.fromkeys(said)) == ["MAE, Share within, Max error", "MAE, Share within +1", "MAE +2"]
    shown.resize(400, 400)
    choose(part.target, "shapes")
    (part,) = shown.parts
    assert part.target.currentData() == "shapes" and "BCEWithLogits" in listed(part.loss.types)
    assert part.measures.text() == "F1, AUC"
    (head,) = document.experiment.training.heads
    assert (head.target, head.loss.type, head.measures) == ("shapes", "BCEWithLogits", ())
    document.undo()
    assert shown.parts[0].target.currentData() == "covered" and shown.parts[0].loss.types.currentData() == "SmoothL1"


def test_a_loss_that_compares_pictures_brings_the_measures_of_embeddings(qtbot: QtBot) -> None:
    document, shown = head_list(qtbot, "lenet")
    shown.resize(400, 400)
    f1 = next(action for action in shown.parts[0].measures.menu().actions() if action.data() == "F1")
    f1.trigger()
    assert [measure.type for measure in document.experiment.training.heads[0].measures] == ["Accuracy", "F1"]
    choose(shown.parts[0].loss.types, "Triplet")
    (part,) = shown.parts
    assert part.loss.types.currentData() == "Triplet"
    assert [action.data() for action in part.measures.menu().actions()] == ["RecallAt1", "Verification"]
    assert document.experiment.training.heads[0].measures == ()
    choose(part.loss.types, "CrossEntropy")
    assert [action.data() for action in shown.parts[0].measures.menu().actions()] == ["Accuracy", "F1", "AUC"]
    document.undo()
    document.undo()
    assert [measure.type for measure in document.experiment.training.heads[0].measures] == ["Accuracy", "F1"]


def test_a_loss_is_chosen_by_its_first_letters(qtbot: QtBot) -> None:
    document, shown = head_list(qtbot, "regression-shapes")
    types = shown.parts[0].loss.types
    qtbot.keyClicks(types, "Hub")
    qtbot.keyClick(types, Qt.Key.Key_Return)
    assert types.currentText() == "Huber" and document.experiment.training.heads[0].loss.type == "Huber"


def test_measures_are_ticked(qtbot: QtBot) -> None:
    document, shown = head_list(qtbot, "regression-shapes")
    actions = {action.data(): action for action in shown.parts[0].measures.menu().actions()}
    assert [name for name, action in actions.items() if action.isChecked()] == ["MAE", "MaxError", "CumulativeScore"]
    actions["MAE"].trigger()
    measures = document.experiment.training.heads[0].measures
    assert [(measure.type, measure.parameters) for measure in measures] == [
        ("MaxError", {}),
        ("CumulativeScore", {"within": 2}),
    ]
    for name in ("MaxError", "CumulativeScore"):
        actions[name].trigger()
    assert document.experiment.training.heads[0].measures == ()
    assert shown.parts[0].measures.text() == "MAE, Max error", "those that go without saying"


def test_the_tolerance_of_a_measure_is_typed_while_it_is_chosen(qtbot: QtBot) -> None:
    document, shown = head_list(qtbot, "regression-shapes")
    (part,) = shown.parts
    (form,) = part.measure_forms.values()
    box = form.fields["within"].editor.box
    assert form.isVisible() and box.value() == 2 and form.fields["within"].label.text() == "tolerance"
    box.selectAll()
    qtbot.keyClicks(box, "5")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    chosen = document.experiment.training.heads[0].measures
    assert [measure.type for measure in chosen] == ["MAE", "CumulativeScore", "MaxError"]
    assert chosen[1].parameters == {"within": 5}
    document.undo()
    assert box.value() == 2
    {action.data(): action for action in part.measures.menu().actions()}["CumulativeScore"].trigger()
    assert not form.isVisible()
    choose(part.target, "shapes")
    assert not shown.parts[0].measure_forms, "measures of labels have no settings"


def test_an_output_may_be_left_untrained_and_taken_up_again(qtbot: QtBot) -> None:
    document, shown = head_list(qtbot, "two-heads-shapes")
    assert [part.target.currentData() for part in shown.parts] == ["shapes", "covered"]
    assert all(part.weight is not None for part in shown.parts)
    choose(shown.parts[1].target, None)
    assert [head.output for head in document.experiment.training.heads] == ["which"]
    assert [part.target.currentData() for part in shown.parts] == ["shapes", None]
    choose(shown.parts[0].target, None)
    assert len(document.experiment.training.heads) == 1, "something is to be learnt"
    choose(shown.parts[1].target, "covered")
    assert [head.target for head in document.experiment.training.heads] == ["shapes", "covered"]
    check(document.experiment, known_columns(document.experiment, columns_of(document.experiment)))


def test_a_code_is_compared_with_the_prior(qtbot: QtBot) -> None:
    document, shown = head_list(qtbot, "vae-fashion")
    _, code = shown.parts
    assert listed(code.target) == ["class", "picture", "prior", None] and code.target.currentData() == "prior"
    assert code.measures.parent() is not None, "nothing measures it, and the button is no window"
    assert listed(code.loss.types) == ["KLDivergence"] and code.weight is not None
    assert not code.measures.isVisible(), "there is nothing to measure against"
    before = document.experiment
    choose(code.target, None)
    choose(shown.parts[1].target, "prior")
    assert document.experiment.training.heads[1] == replace(before.training.heads[1], weight=1.0)


def test_each_outputs_name_stands_beside_its_target_however_long(qtbot: QtBot) -> None:
    document, shown = head_list(qtbot, "two-heads-shapes")
    long = "an_output_with_a_name_so_long_that_nobody_would_ever_type_it"
    document.apply("rename", rename_in(document.experiment, "", "which", long))
    shown.resize(284, 800)
    for part in shown.parts:
        name = part.findChildren(ElidedLabel)[0]
        qtbot.waitUntil(lambda part=part, name=name: part.target.x() >= name.x() + LABEL_WIDTH)
        assert name.width() == LABEL_WIDTH and part.target.width() > LABEL_WIDTH
    assert shown.parts[0].findChildren(ElidedLabel)[0].text() == f"{long} →"
    assert long in shown.parts[0].findChildren(ElidedLabel)[0].toolTip()


def test_without_known_columns_everything_is_offered_and_nothing_lost(qtbot: QtBot) -> None:
    document, shown = head_list(qtbot, "lenet")
    before = document.experiment
    shown.show_columns(())
    (part,) = shown.parts
    assert listed(part.target) == ["class", None] and "BCEWithLogits" in listed(part.loss.types)
    choose(part.loss.types, "MSE")
    (head,) = document.experiment.training.heads
    assert head.loss.type == "MSE" and head.target == "class"
    document.undo()
    assert document.experiment == before


@pytest.mark.parametrize("name", ["lenet", "unet-shapes", "autoencoder", "inception_block"])
def test_the_aims_are_those_that_are_trained(name: str) -> None:
    experiment = read_experiment(name)
    columns = known_columns(experiment, columns_of(experiment))
    shown = aims(experiment, columns)
    outputs = {node.name for node in experiment.architecture.graph.outputs}
    assert {aim.output for aim in shown} == outputs and all(aim.head and aim.kind for aim in shown)
    check(experiment, columns)


def test_an_input_that_does_not_fit_leaves_the_columns_as_they_are() -> None:
    experiment = read_experiment("autoencoder")
    flat = replace(experiment.architecture.graph.nodes[0], parameters={"shape": [784]})
    graph = replace(experiment.architecture.graph, nodes=(flat,))
    architecture = replace(experiment.architecture, graph=graph)
    experiment = replace(experiment, architecture=architecture)
    assert [column.name for column in known_columns(experiment, columns_of(experiment))] == ["class"]
    assert with_target(experiment, (), aims(experiment, ())[0], None) == experiment
