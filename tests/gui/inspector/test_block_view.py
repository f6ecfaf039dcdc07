"""The fields and buttons of blocks in the inspector."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from tests.gui.canvas.networks import experiment
from tests.gui.inspector.side_by_side import side_by_side
from workbench.compiler.analysis import analyse
from workbench.gui.canvas.view import CanvasView
from workbench.gui.experiment.document import Document
from workbench.gui.inspector.block_view import BlockEditor, BlockView
from workbench.gui.inspector.view import Inspector, NodeEditor
from workbench.spec.blocks import set_about
from workbench.spec.files import read_architecture
from workbench.spec.record import replace


@pytest.fixture
def parts(qtbot: QtBot) -> tuple[Document, CanvasView, Inspector]:
    """The document, canvas and inspector of ResNet-20."""
    architecture = read_architecture("resnet20")
    document = Document(replace(experiment(architecture.graph), architecture=architecture))
    return document, *side_by_side(document, qtbot)


def editor_of(inspector: Inspector) -> BlockEditor:
    assert inspector.page is not None
    return inspector.page.findChildren(BlockEditor)[-1]


def enter(line: QLineEdit, text: str) -> None:
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def test_a_use_shows_its_block_and_can_get_one_of_its_own(parts: tuple[Document, CanvasView, Inspector]) -> None:
    document, canvas, inspector = parts
    canvas.presenter.select({"layer2"})
    editor = editor_of(inspector)
    assert editor.page.used == "used twice"
    editor.own.click()
    assert document.experiment.architecture.graph.by_name["layer2"].type == "Stage2"
    assert editor_of(inspector).page.used == "used once"
    document.undo()
    assert document.experiment.architecture.graph.by_name["layer2"].type == "Stage"


def test_the_block_that_is_looked_into_is_renamed_and_the_page_follows(
    parts: tuple[Document, CanvasView, Inspector],
) -> None:
    document, canvas, inspector = parts
    canvas.presenter.enter("layer2")
    assert isinstance(inspector.page, BlockView)
    enter(editor_of(inspector).name, "Third")
    assert "Third" in document.experiment.architecture.blocks
    assert isinstance(inspector.page, BlockView) and editor_of(inspector).page.name == "Third"
    enter(editor_of(inspector).name, "BasicBlock")
    assert "already a block called BasicBlock" in editor_of(inspector).reason.text()
    document.undo()
    assert editor_of(inspector).page.name == "Stage"


def test_parameters_of_a_block_are_edited_in_rows(parts: tuple[Document, CanvasView, Inspector]) -> None:
    document, canvas, inspector = parts
    canvas.presenter.enter("layer2")
    editor_of(inspector).add.click()
    name, default = editor_of(inspector).rows[1]
    enter(name, "depth")
    name, default = editor_of(inspector).rows[1]
    enter(default, "0.5")
    assert document.experiment.architecture.blocks["Stage"].parameters == {"channels": 32, "depth": 0.5}


def test_the_keys_stay_where_they_were_when_an_edit_makes_the_page_anew(
    parts: tuple[Document, CanvasView, Inspector],
) -> None:
    document, canvas, inspector = parts
    canvas.presenter.enter("layer2")
    inspector.activateWindow()
    QTest.qWaitForWindowActive(inspector)
    name, _ = editor_of(inspector).rows[0]
    name.setFocus()
    name.selectAll()
    QTest.keyClicks(name, "width")
    QTest.keyClick(name, Qt.Key.Key_Tab)
    assert "width" in document.experiment.architecture.blocks["Stage"].parameters
    _, default = editor_of(inspector).rows[0]
    assert default.hasFocus() and default.accessibleName() == "Default of the parameter width"
    enter(default, "24")
    assert editor_of(inspector).rows[0][1].hasFocus()
    editor_of(inspector).add.setFocus()
    QTest.keyClick(editor_of(inspector).add, Qt.Key.Key_Space)
    assert editor_of(inspector).rows[1][0].hasFocus()


def test_a_field_is_bound_to_a_new_parameter_and_let_go(parts: tuple[Document, CanvasView, Inspector]) -> None:
    document, canvas, inspector = parts
    canvas.presenter.set_unfolded("layer1", unfolded=True)
    canvas.presenter.set_unfolded("layer1/0", unfolded=True)
    canvas.presenter.select({"layer1/0/conv1"})
    assert isinstance(inspector.page, NodeEditor)
    field = inspector.page.form.fields["kernel_size"]
    assert field.link.isVisibleTo(inspector) and not inspector.page.form.fields["out_channels"].link.isVisibleTo(
        inspector
    )
    field.named.emit()
    assert document.experiment.architecture.blocks["BasicBlock"].parameters == {"channels": 16, "kernel_size": 3}
    field = inspector.page.form.fields["kernel_size"]
    assert field.stack.currentWidget() is field.chip
    document.undo()
    assert "kernel_size" not in document.experiment.architecture.blocks["BasicBlock"].parameters
    canvas.presenter.select({"conv1"})
    assert not inspector.page.form.fields["kernel_size"].link.isVisibleTo(inspector)


def test_a_name_that_is_being_typed_outlives_an_analysis_and_is_entered_by_an_edit_of_the_block(
    parts: tuple[Document, CanvasView, Inspector],
) -> None:
    document, canvas, inspector = parts
    canvas.presenter.enter("layer2")
    inspector.activateWindow()
    QTest.qWaitForWindowActive(inspector)
    name = editor_of(inspector).name
    name.setFocus()
    name.selectAll()
    QTest.keyClicks(name, "Thi")
    inspector.show_analysis(analyse(document.experiment.architecture))
    QTest.keyClicks(name, "rd")
    assert (editor_of(inspector).name, name.text()) == (name, "Third")
    document.apply_architecture("describe", set_about(document.experiment.architecture, "Stage", "Three blocks."))
    blocks = document.experiment.architecture.blocks
    assert "Stage" not in blocks and blocks["Third"].about == "Three blocks."
    assert editor_of(inspector).page.name == "Third"
