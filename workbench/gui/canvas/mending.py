"""Applies a remedy as one step of the document, making room on the canvas for the nodes it adds. No Qt."""

from workbench.gui.canvas import geometry
from workbench.gui.canvas.layout import places_for
from workbench.gui.experiment.document import Document
from workbench.spec import edits
from workbench.spec.experiment import Architecture
from workbench.spec.graph import Graph, split_reference
from workbench.spec.mending import apply_remedy
from workbench.spec.record import replace
from workbench.spec.remedy import Remedy


def mend(document: Document, remedy: Remedy) -> None:
    """Apply the remedy. Raises SpecError if its node does not exist any more."""
    before = document.experiment
    after = apply_remedy(before, remedy)
    architecture = with_room(before.architecture, after.architecture)
    label = remedy.words[:1].lower() + remedy.words[1:]
    document.apply(label, replace(after, architecture=architecture))


def with_room(before: Architecture, after: Architecture) -> Architecture:
    """Return ``after`` with each new node placed below its source, and the others moved out of its way."""
    blocks = {
        name: _with_room(before.blocks[name], block) if name in before.blocks else block
        for name, block in after.blocks.items()
    }
    return replace(after, graph=_with_room(before.graph, after.graph), blocks=blocks)


def _with_room(before: Graph, after: Graph) -> Graph:
    if len(after.nodes) <= len(before.nodes):
        return after
    places = {name: place for name, place in places_for(before).items() if name in after.by_name}
    for node in after.in_order:
        if node.name in places:
            continue
        sources = [places[split_reference(reference)[0]] for reference in node.inputs]
        if sources:
            x, y = max(sources, key=lambda place: place[1])
            place = (x, y + geometry.ROW)
            places |= geometry.make_room(places, place)
            places[node.name] = place
    return edits.move(after, places)
