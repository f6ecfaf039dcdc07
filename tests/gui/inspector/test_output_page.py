"""The page of an Output: its target, loss, measures and weight, edited beside the network."""

from pytestqt.qtbot import QtBot

from tests.gui.settings.targets import choose, columns_of
from workbench.gui.experiment.document import Document
from workbench.gui.experiment.selected import Selected
from workbench.gui.inspector.node import NodeEditor
from workbench.gui.inspector.view import Inspector
from workbench.gui.settings.head_list import HeadPart
from workbench.spec.files import read_experiment


def opened(qtbot: QtBot, name: str, output: str) -> tuple[Document, Inspector]:
    document = Document(read_experiment(name))
    inspector = Inspector(document)
    qtbot.addWidget(inspector)
    inspector.show_columns(columns_of(document.experiment))
    inspector.show_selection(Selected(names=frozenset({output})))
    inspector.show()
    return document, inspector


def part(inspector: Inspector) -> HeadPart:
    assert isinstance(inspector.page, NodeEditor) and inspector.page.heads is not None
    (only,) = inspector.page.heads.parts
    return only


def test_an_output_shows_and_edits_its_own_aim(qtbot: QtBot) -> None:
    document, inspector = opened(qtbot, "two-heads-shapes", "covered")
    before = document.experiment
    assert part(inspector).target.currentData() == "covered" and part(inspector).weight is not None
    loss = part(inspector).loss
    assert loss is not None
    choose(loss.types, "L1")
    assert [head.loss.type for head in document.experiment.training.heads] == [before.training.heads[0].loss.type, "L1"]
    choose(part(inspector).target, None)
    assert len(document.experiment.training.heads) == 1 and part(inspector).target.currentData() is None
    document.undo()
    document.undo()
    assert document.experiment == before and part(inspector).target.currentData() == "covered"


def test_a_renamed_output_keeps_its_aim_in_sight(qtbot: QtBot) -> None:
    document, inspector = opened(qtbot, "two-heads-shapes", "covered")
    page = inspector.page
    assert isinstance(page, NodeEditor)
    page.name.setText("share")
    page.name.textEdited.emit("share")
    assert [head.output for head in document.experiment.training.heads][1] == "share"
    assert part(inspector).target.currentData() == "covered"


def test_columns_that_come_later_are_offered(qtbot: QtBot) -> None:
    document, inspector = opened(qtbot, "two-heads-shapes", "which")
    inspector.show_columns(())
    assert [part(inspector).target.itemData(place) for place in range(3)] == ["shapes", "prior", None]
    inspector.show_columns(columns_of(document.experiment))
    assert part(inspector).target.count() > 3


def test_no_other_node_aims_at_anything(qtbot: QtBot) -> None:
    """Nor does an output inside a block."""
    document, inspector = opened(qtbot, "resnet20", "conv1")
    assert isinstance(inspector.page, NodeEditor) and inspector.page.heads is None
    block = next(iter(document.experiment.architecture.blocks))
    inner = document.experiment.architecture.blocks[block].outputs[0].name
    inspector.show_selection(Selected(names=frozenset({inner}), scope=block))
    assert isinstance(inspector.page, NodeEditor) and inspector.page.heads is None
