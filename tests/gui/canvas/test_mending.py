"""A remedy is one undo step, and the nodes that it inserts cover no card."""

import pytest

from tests.gui.canvas.networks import experiment
from workbench.compiler.analysis import analyse
from workbench.gui.canvas import geometry
from workbench.gui.canvas.layout import places_for
from workbench.gui.canvas.mending import mend
from workbench.gui.experiment.document import Document
from workbench.spec import edits
from workbench.spec.files import read_architecture
from workbench.spec.problems import SpecError
from workbench.spec.remedy import Remedy


def without_flatten() -> Document:
    return Document(experiment(edits.remove_nodes(read_architecture("lenet").graph, {"flatten"})))


def remedy_of(document: Document) -> Remedy:
    problems = analyse(document.experiment.architecture).problems
    (remedy,) = [problem.remedy for problem in problems if problem.remedy is not None]
    return remedy


@pytest.mark.parametrize("placed", [True, False])
def test_a_remedy_is_one_step_and_finds_room(placed: bool) -> None:
    document = without_flatten()
    if placed:
        graph = document.experiment.architecture.graph
        document = Document(experiment(edits.move(graph, places_for(graph))))
    before = document.experiment
    mend(document, remedy_of(document))
    after = document.experiment.architecture.graph
    assert document.undo_label == "insert Flatten"
    assert analyse(document.experiment.architecture).problems == ()
    assert not geometry.any_overlap(places_for(after).values())
    document.undo()
    assert document.experiment == before
    assert not document.can_undo


def test_a_remedy_for_a_node_that_is_gone_changes_nothing() -> None:
    document = without_flatten()
    remedy = remedy_of(document)
    mend(document, remedy)
    graph = edits.rename(document.experiment.architecture.graph, "fc1", "other")
    document.replace(experiment(graph), None)
    with pytest.raises(SpecError, match="fc1 no longer exists"):
        mend(document, remedy)
    assert not document.can_undo
