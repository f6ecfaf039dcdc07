"""The export dialog with names that somebody has really given."""

from pathlib import Path

import msgspec
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.event_pump import EventPump
from workbench.gui.export.view import ExportDialog
from workbench.spec.files import read_experiment


def test_a_long_name_leaves_the_labels_their_room(qtbot: QtBot) -> None:
    name = "Hawkmoths and burnets, third attempt, rate halved, with label smoothing and RandAugment (for Thursday)"
    experiment = msgspec.structs.replace(read_experiment("lenet"), name=name)
    parent, pump = QWidget(), EventPump()
    qtbot.addWidget(parent)
    pump.setParent(parent)
    dialog = ExportDialog(parent, pump, [(f"fresh weights · {name}", experiment)], Path("net.onnx"))
    dialog.show()
    labels = {label.text(): label for label in dialog.findChildren(QLabel)}
    assert all(labels[words].width() >= labels[words].sizeHint().width() for words in ("Network", "File", "Opset"))
    assert dialog.source.currentText().endswith("…") and dialog.source.sizeHint().width() < dialog.width()
    dialog.close()
