"""Putting cards in order: aligned, distributed, laid out anew. No Qt."""

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
    """What is to be laid out anew: a graph, all of it or the nodes that were selected of it."""

    key: str
    whole: Graph
    part: Graph
    frames: tuple[Framed, ...]

    @property
    def is_all(self) -> bool:
        """Whether nothing of the graph stays where it is."""
        return self.part is self.whole


class Arranging(Editing):
    """Edits that move several cards at once. Each is one step."""

    def boxes(self) -> dict[str, Box]:
        """The rectangles of what is selected; what a selected frame holds goes with it, and has none of its own."""
        inside: set[str] = set().union(*(self.with_held({key}) - {key} for key in self.selection if is_note(key)))
        return {key: self.box(key) for key in self.selection - inside}

    def align(self, side: Side) -> None:
        """Bring one side of what is selected, or the middles, into one line."""
        boxes = self.boxes()
        if len(boxes) < 2:
            raise SpecError("select two or more nodes to align them")
        self._put(f"align {self._what()}", align(boxes, side))

    def distribute(self, axis: Axis) -> None:
        """Make the gaps in what is selected equal."""
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
        """The selected nodes where several are selected, else the whole graph that the canvas looks at."""
        if len(self.selected_names()) > 1:
            level = self.selected_level()
            part = edits.extract(level.graph, self.selected_names())
            return Untidy(key=level.key, whole=level.graph, part=part, frames=_frames(level))
        return Untidy(key=self.level.key, whole=self.graph, part=self.graph, frames=_frames(self.level))

    def tidy(self, asked: Untidy, places: Mapping[str, Point]) -> bool:
        """Put the nodes where ``arrange_framed`` found places for them; whether the graph was still as it was asked for.

        Of a part, the upper left stays where it was.
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
    """The frames of a graph that hold nodes."""
    cards = {each: card_box(place) for each, place in level.places.items()}
    return tuple(
        framed(box, {each: cards[each] for each in inside})
        for box in frame_boxes(level.graph.notes)
        if (inside := held(box, cards))
    )
