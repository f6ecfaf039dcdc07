"""Arranging cards: alignment, distribution and automatic layout. No Qt."""

from collections.abc import Mapping

from workbench.gui.canvas.alignment import Axis, Box, Side, align, around, distribute
from workbench.gui.canvas.card_keys import is_note
from workbench.gui.canvas.editing import Editing
from workbench.gui.canvas.framed_layout import Framed, framed
from workbench.gui.canvas.geometry import Point
from workbench.gui.canvas.levels import Level
from workbench.gui.canvas.note_places import card_box, follow, frame_boxes, held
from workbench.spec import edits
from workbench.spec.graph import Graph
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, replace


class Untidy(Record):
    """What is to be laid out again: a whole graph, or the nodes selected in it."""

    key: str
    whole: Graph
    part: Graph
    frames: tuple[Framed, ...]

    @property
    def is_all(self) -> bool:
        """Whether the whole graph is laid out."""
        return self.part is self.whole


class Arranging(Editing):
    """Edits that move several cards at once, each as one undo step."""

    def boxes(self) -> dict[str, Box]:
        """Return the rectangles of the selection, without what a selected frame holds and moves along."""
        inside: set[str] = set().union(*(self.with_held({key}) - {key} for key in self.selection if is_note(key)))
        return {key: self.box(key) for key in self.selection - inside}

    def align(self, side: Side) -> None:
        """Align one side, or the centres or middles, of the selection."""
        boxes = self.boxes()
        if len(boxes) < 2:
            raise SpecError("select two or more nodes to align them")
        self._put(f"align {self._what()}", align(boxes, side))

    def distribute(self, axis: Axis) -> None:
        """Make the gaps between the selected items equal."""
        boxes = self.boxes()
        if len(boxes) < 3:
            raise SpecError("select three or more nodes to distribute them")
        self._put(f"distribute {self._what()}", distribute(boxes, axis))

    def _put(self, label: str, shown: Mapping[str, Point]) -> None:
        places = dict(shown)
        for key in filter(is_note, shown):
            before, (left, top) = self.box(key), shown[key]
            for other in self.with_held({key}) - shown.keys():
                box = self.box(other).shifted(left - before.left, top - before.top)
                places[other] = (box.left, box.top)
        level = self.selected_level()
        self._apply(label, level, self._moved(level, places))

    def untidy(self) -> Untidy:
        """Return what to lay out: the selected nodes if there are several, or else the whole current graph."""
        if len(self.selected_names()) > 1:
            level = self.selected_level()
            part = edits.extract(level.graph, self.selected_names())
            return Untidy(key=level.key, whole=level.graph, part=part, frames=_frames(level))
        return Untidy(key=self.level.key, whole=self.graph, part=self.graph, frames=_frames(self.level))

    def tidy(self, asked: Untidy, places: Mapping[str, Point]) -> bool:
        """Move the nodes to the ``places`` found by ``arrange_framed``; return False if the graph has changed since.

        If only part of the graph was laid out, its upper left corner stays in place.
        """
        level = self.contents.levels.get(asked.key)
        if level is None or level.graph is not asked.whole:
            return False
        before = {each: card_box(place) for each, place in level.places.items()}
        if not asked.is_all:
            old = around(before[each] for each in places)
            new = around(map(card_box, places.values()))
            dx, dy = old.left - new.left, old.top - new.top
            places = {each: (x + dx, y + dy) for each, (x, y) in places.items()}
        after = before | {each: card_box(place) for each, place in places.items()}
        notes = follow(level.graph.notes, self.places.size_of_comment, before, after)
        self._apply("tidy up", level, replace(edits.move(level.graph, places), notes=notes))
        return True


def _frames(level: Level) -> tuple[Framed, ...]:
    """Return the graph's frames that hold nodes."""
    cards = {each: card_box(place) for each, place in level.places.items()}
    return tuple(
        framed(box, {each: cards[each] for each in inside})
        for box in frame_boxes(level.graph.notes)
        if (inside := held(box, cards))
    )
