"""The library of blocks in the window: its contents, inserting them, and saving to it."""

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from tests.gui.canvas.hands import drop
from tests.gui.canvas.networks import chain, experiment
from workbench import places
from workbench.gui.canvas.view import CanvasView
from workbench.gui.experiment.document import Document
from workbench.gui.experiment.library import Library
from workbench.gui.palette.presenter import LIBRARY, OWN_LIBRARY
from workbench.gui.palette.view import Palette
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets.message_bar import Message, MessageBar
from workbench.spec.files import read_block

LEFT = Qt.MouseButton.LeftButton


class Parts:
    """A canvas on a chain of two layers, a palette, and the library they share."""

    def __init__(self, qtbot: QtBot) -> None:
        self.pump, self.messages = EventPump(), MessageBar()
        self.library = Library(self.pump, self.messages)
        self.document = Document(experiment(chain("ReLU", "ReLU")))
        self.canvas = CanvasView(self.document, self.library.blocks)
        self.palette = Palette(self.document, self.library.blocks)
        self.library.changed.connect(self.palette.show_entries)
        self.palette.removing.connect(self.library.remove)
        self.canvas.keeping.connect(self.library.keep)
        for widget in (self.canvas, self.palette, self.messages):
            qtbot.addWidget(widget)
        self.canvas.resize(900, 700)
        self.canvas.show()
        with qtbot.waitSignal(self.library.changed):
            self.library.read()

    def headings(self) -> list[str]:
        tree = self.palette.tree
        return [tree.topLevelItem(index).text(0) for index in range(tree.topLevelItemCount())]


def test_the_programs_library_stands_in_the_palette(qtbot: QtBot) -> None:
    parts = Parts(qtbot)
    assert parts.headings()[-1] == LIBRARY
    (item,) = parts.palette.tree.findItems("Residual", Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
    assert "2016" in item.toolTip(0)
    parts.pump.stop()


def test_a_block_dropped_from_the_library_is_taken_in_whole_in_one_step(qtbot: QtBot) -> None:
    parts = Parts(qtbot)
    drop(parts.canvas, "library:transformer_encoder", QPoint(700, 400))
    architecture = parts.document.experiment.architecture
    assert {"TransformerEncoder", "SelfAttention", "MLP"} == set(architecture.blocks)
    assert architecture.graph.by_name["transformerencoder1"].type == "TransformerEncoder"
    parts.document.undo()
    assert parts.document.experiment.architecture.blocks == {} and not parts.document.can_undo
    parts.pump.stop()


def test_a_block_goes_into_the_chain_and_a_taken_name_gives_way(qtbot: QtBot) -> None:
    parts = Parts(qtbot)
    parts.canvas.presenter.select({"n0"})
    parts.canvas.add_after_selection("library:residual")
    parts.canvas.presenter.enter("residual1")
    parts.canvas.presenter.select({"bn1"})
    parts.canvas.presenter.delete()
    parts.canvas.presenter.leave()
    parts.canvas.presenter.select({"n1"})
    parts.canvas.add_after_selection("library:residual")
    graph = parts.document.experiment.architecture.graph
    assert graph.by_name["n1"].inputs == ("residual1",)
    assert [node.type for node in graph.nodes if node.type.startswith("Residual")] == ["Residual", "Residual2"]
    parts.pump.stop()


def test_a_block_is_kept_in_the_users_library_and_taken_out_again(qtbot: QtBot) -> None:
    parts = Parts(qtbot)
    presenter = parts.canvas.presenter
    presenter.select({"n0", "n1"})
    presenter.group()
    with qtbot.waitSignal(parts.library.changed):
        parts.canvas.commands["keep_block"].trigger()
    path = places.blocks_dir() / "Block.json"
    assert read_block(path).graph == presenter.architecture().blocks["Block"]
    assert parts.headings()[-1] == OWN_LIBRARY
    with qtbot.waitSignal(parts.library.changed):
        parts.canvas.commands["keep_block"].trigger()
    assert len(list(places.blocks_dir().iterdir())) == 1
    with qtbot.waitSignal(parts.library.changed):
        parts.palette.removing.emit("own:Block")
    assert not path.exists() and parts.headings()[-1] == LIBRARY
    parts.pump.stop()


def test_a_file_that_is_no_block_is_left_out_and_named(qtbot: QtBot) -> None:
    folder = places.blocks_dir()
    folder.mkdir(parents=True, exist_ok=True)
    broken = Path(folder / "broken.json")
    broken.write_text('{"format": "workbench/block"}')
    parts = Parts(qtbot)
    assert "broken.json" in " ".join(message.words.text() for message in parts.messages.findChildren(Message))
    assert LIBRARY in parts.headings()
    broken.unlink()
    parts.pump.stop()
