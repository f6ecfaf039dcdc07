"""Layers frozen and given their own learning rates in the real window: one, several, and a whole block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.spec.treatment import Treatment, treatments

if TYPE_CHECKING:
    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


def test_nodes_are_frozen_from_the_inspector_and_the_cards_say_so(window: MainWindow, wait: Wait) -> None:
    from workbench.gui.inspector.treatment import TreatmentForm

    def form() -> TreatmentForm:
        (shown,) = (each for each in window.inspector.findChildren(TreatmentForm) if each.isVisibleTo(window))
        return shown

    def shows_none() -> bool:
        return not any(each.isVisibleTo(window) for each in window.inspector.findChildren(TreatmentForm))

    before = window.document.experiment
    graph = before.architecture.graph
    layers = [node.name for node in graph.nodes if node.type in ("Conv2d", "Linear")][:2]
    window.canvas.presenter.select(["relu1"])
    wait(shows_none)
    window.canvas.presenter.select([layers[0]])
    wait(lambda: not shows_none())
    form().form.edited.emit("frozen", True)
    assert treatments(window.document.experiment.architecture) == {layers[0]: Treatment(frozen=True)}
    assert form().rest.isVisibleTo(window)
    assert window.canvas.presenter.cards[layers[0]].detail.startswith("frozen, ")
    window.canvas.presenter.select(layers)
    form().form.edited.emit("lr_factor", 0.1)
    architecture = window.document.experiment.architecture
    assert [architecture.graph.by_name[name].lr_factor for name in layers] == [0.1, 0.1]
    assert window.canvas.presenter.cards[layers[1]].detail.startswith("rate ×0.1, ")
    window.document.undo()
    window.document.undo()
    assert window.document.experiment == before


def test_layers_get_an_initialiser_of_their_own(window: MainWindow, wait: Wait) -> None:
    from PySide6.QtCore import QPoint

    from workbench.gui.inspector.treatment import TreatmentForm
    from workbench.gui.settings.picker import ComponentPicker
    from workbench.gui.widgets.panel import ElidedLabel

    def picker() -> ComponentPicker:
        (shown,) = (each for each in window.inspector.findChildren(TreatmentForm) if each.isVisibleTo(window))
        assert shown.initialiser is not None and shown.initialiser.isVisibleTo(window)
        return shown.initialiser

    def choose(type_name: str | None) -> None:
        types = picker().types
        types.setCurrentIndex(types.findData(type_name))
        types.activated.emit(types.currentIndex())

    graph = window.document.experiment.architecture.graph
    one, other, third = [node.name for node in graph.nodes if node.type in ("Conv2d", "Linear")][:3]
    wait(lambda: window.canvas.presenter.cards[one].size_words)  # it has been analysed
    window.canvas.presenter.select([one])
    fields = picker().types, picker().parentWidget().form.fields["lr_factor"]
    wait(lambda: len({field.mapTo(window, QPoint()).x() for field in fields}) == 1)  # as in a form
    choose("Orthogonal")
    form = picker().form
    assert form is not None
    form.edited.emit("gain", 2.0)
    assert window.canvas.presenter.cards[one].detail.startswith("Orthogonal, ")
    window.canvas.presenter.select([one, other])
    assert picker().types.currentIndex() == -1  # they differ
    choose("LSUV")
    window.canvas.presenter.select([other, third])
    (name,) = (each for each in picker().findChildren(ElidedLabel) if each.text() == "initialisation")
    assert name.width() >= name.sizeHint().width(), "also where no other label is as long"
    choose(None)
    nodes = window.document.experiment.architecture.graph.by_name
    own = [nodes[name].initialiser for name in (one, other, third)]
    assert own[0] is not None and own[0].type == "LSUV" and own[1:] == [None, None]
    for _ in range(2):
        window.document.undo()
    own_now = window.document.experiment.architecture.graph.by_name[one].initialiser
    assert own_now is not None and own_now.parameters == {"gain": 2.0}


def test_of_a_mixed_selection_only_layers_with_weights_are_treated(window: MainWindow, wait: Wait) -> None:
    """A rubber band catches activations and pooling too, whose own initialiser would be an error."""
    from workbench.gui.inspector.treatment import TreatmentForm

    before = window.document.experiment
    window.canvas.presenter.select([node.name for node in before.architecture.graph.nodes])
    (form,) = (each for each in window.inspector.findChildren(TreatmentForm) if each.isVisibleTo(window))
    form.form.edited.emit("frozen", True)
    assert form.initialiser is not None
    types = form.initialiser.types
    types.setCurrentIndex(types.findData("Xavier"))
    types.activated.emit(types.currentIndex())
    nodes = window.document.experiment.architecture.graph.nodes
    with_weights = {node.name for node in nodes if node.type in ("Conv2d", "Linear")}
    assert {node.name for node in nodes if node.frozen} == with_weights
    assert {node.name for node in nodes if node.initialiser is not None} == with_weights
    for _ in range(2):
        window.document.undo()
    assert window.document.experiment == before
