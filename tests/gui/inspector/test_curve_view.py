"""The curve of an activation in the inspector."""

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.canvas.networks import chain, experiment
from tests.gui.inspector.side_by_side import side_by_side
from workbench.compiler.analysis import analyse
from workbench.compiler.curve import curve_of
from workbench.gui.experiment.document import Document
from workbench.gui.inspector.curve import curve_words
from workbench.gui.inspector.node import NodeEditor
from workbench.gui.inspector.view import Inspector
from workbench.gui.widgets import theme
from workbench.layers import LAYERS
from workbench.spec.record import Value


def shown(inspector: Inspector, document: Document) -> NodeEditor:
    inspector.show_analysis(analyse(document.experiment.architecture))
    assert isinstance(inspector.page, NodeEditor)
    return inspector.page


def test_a_curve_is_painted_and_follows_its_parameter(qtbot: QtBot) -> None:
    document = Document(experiment(chain("ELU", "Softmax")))
    canvas, inspector = side_by_side(document, qtbot)
    names = [node.name for node in document.experiment.architecture.graph.nodes]
    canvas.presenter.select({names[1]})
    assert isinstance(inspector.page, NodeEditor)
    assert inspector.page.curve.isHidden(), "before the analysis nothing is known"
    page = shown(inspector, document)
    plot = page.curve.plot
    assert plot.isVisible()
    assert "between 0.0003 and 1." in plot.accessibleDescription()
    before = plot.grab().toImage()
    colours = {before.pixelColor(x, y).name() for x in range(before.width()) for y in range(before.height())}
    assert {colour.lower() for colour in theme.current().curves[:2]} <= colours

    page.form.edited.emit("alpha", 3.0)
    assert shown(inspector, document) is page
    assert "between 0.001 and 3." in plot.accessibleDescription() == page.curve.words.text()
    assert plot.grab().toImage() != before

    canvas.presenter.select({names[2]})
    assert shown(inspector, document).curve.isHidden()


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("Sigmoid", {}, "0.0003 and 0.25. Left of −4.6 and right of 4.6 it is below 0.01: next to no gradient passes."),
        ("ReLU", {}, "0 and 1. Left of 0 it is below 0.01: next to no gradient passes."),
        ("LeakyReLU", {"negative_slope": 0.2}, "0.2 and 1."),
        ("ELU", {"alpha": 1e-3}, "0 and 1. Left of 0 it is below 0.01: next to no gradient passes."),
    ],
)
def test_where_a_gradient_vanishes_is_said(name: str, parameters: dict[str, Value], words: str) -> None:
    curve = curve_of(LAYERS.make(name, parameters), ((4,),))
    assert curve_words(curve) == f"The derivative is between {words}"
