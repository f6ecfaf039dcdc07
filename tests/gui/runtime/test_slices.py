"""Work of the GUI thread, done in slices."""

from collections.abc import Iterator

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from tests.gui.conftest import Wait
from workbench.gui.runtime.slices import Slices


def test_what_is_no_longer_wanted_is_left_where_it_is(qapp: QApplication, wait: Wait) -> None:
    taken: list[int] = []

    def steps() -> Iterator[None]:
        for number in range(1000):
            taken.append(number)
            yield

    parent = QObject()
    Slices(parent, steps(), lambda: taken.append(1000), wanted=lambda: len(taken) < 3)
    wait(lambda: not parent.children())
    assert taken == [0, 1, 2]
