"""Boxes to choose from whose choices are longer than they are."""

from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from workbench.gui.widgets.panel import choice


def test_a_long_choice_is_elided_in_the_middle_and_whole_in_the_tooltip(qtbot: QtBot) -> None:
    box = choice("The layer", 10)
    qtbot.addWidget(box)
    long = "encoder.layers.encoder_layer_0.self_attention"
    box.addItems(["conv1", long])
    box.show()
    assert (box.elided(), box.tip()) == ("conv1", "The layer")
    box.setCurrentText(long)
    first, last = box.elided().split("…")
    assert long.startswith(first) and long.endswith(last) and first and last
    assert box.tip() == f"{long}\nThe layer"
    usual = QComboBox()
    qtbot.addWidget(usual)
    usual.addItem(box.elided())
    usual.resize(box.size())
    assert box.grab().toImage() == usual.grab().toImage(), "drawn as any other box"
