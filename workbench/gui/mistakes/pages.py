"""The page of each kind of head."""

from collections.abc import Callable

from workbench.gui.mistakes.classes.page import ClassesPage
from workbench.gui.mistakes.dense.page import DensePage
from workbench.gui.mistakes.labels.page import LabelsPage
from workbench.gui.mistakes.numbers.page import NumbersPage
from workbench.gui.mistakes.page import Page
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.gui.runtime.event_pump import EventPump
from workbench.spec.column import Kind

PAGES: dict[Kind, Callable[[MistakesPresenter, EventPump], Page]] = {
    "class": ClassesPage,
    "labels": LabelsPage,
    "number": NumbersPage,
    "keypoints": NumbersPage,
    "mask": DensePage,
    "picture": DensePage,
}
"""By the kind of its column: one for each of ``session.views.mistakes.asked.KINDS``."""
