"""What the targets of outputs are chosen from, and the choice itself."""

from PySide6.QtWidgets import QComboBox

from workbench.data import facts
from workbench.spec.column import Column
from workbench.spec.experiment import Experiment


def columns_of(experiment: Experiment) -> tuple[Column, ...]:
    return facts(experiment.data.source).columns


def choose(box: QComboBox, data: object) -> None:
    """Choose an entry as the mouse does."""
    place = box.findData(data)
    assert place >= 0, f"{data} is not offered"
    box.setCurrentIndex(place)
    box.activated.emit(box.currentIndex())
