"""Putting cards in order: aligned, distributed, laid out anew. No Qt."""

from collections.abc import Mapping

from workbench.gui.canvas.alignment import Axis, Box, Side, align, around, distribute
from workbench.gui.canvas.card_keys import name
from workbench.gui.canvas.editing import Editing
from workbench.gui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, Point
from workbench.spec import edits
from workbench.spec.graph import Graph
from workbench.spec.problems import SpecError
from workbench.spec.record import Record


class Untidy(Record):
    """What is to be laid out anew: a graph, all of it or the nodes that were selected of it."""

    key: str
    whole: Graph
    part: Graph

    @property
    def is_all(self) -> bool:
        """Whether nothing of the graph stays where it is."""
        return self.part is self.whole


class Arranging(Editing):
    """Edits that move several cards at once. Each is one step."""

    def box(self, key: str) -> Box:
        """The rectangle in which a card is shown."""
        (left, top), (width, height) = self.positions[key], self.cards[key].size
        return Box(left=left, top=top, width=width, height=height)

    def boxes(self) -> dict[str, Box]:
        """The rectangles of the selected cards."""
        return {key: self.box(key) for key in self.selection}

    def align(self, side: Side) -> None:
        """Bring one side of the selected cards, or their middles, into one line."""
        if len(self.selection) < 2:
            raise SpecError("select two nodes or more, to align them")
        self._put(f"align {self._what()}", align(self.boxes(), side))

    def distribute(self, axis: Axis) -> None:
        """Make the gaps between the selected cards equal."""
        if len(self.selection) < 3:
            raise SpecError("select three nodes or more, to distribute them")
        self._put(f"distribute {self._what()}", distribute(self.boxes(), axis))

    def _put(self, label: str, shown: Mapping[str, Point]) -> None:
        level = self.selected_level()
        places = level.places_of({name(key): place for key, place in shown.items()})
        self._apply(label, level, edits.move(level.graph, places))

    def untidy(self) -> Untidy:
        """The selected nodes where several are selected, else the whole graph that the canvas looks at."""
        if len(self.selection) > 1:
            level = self.selected_level()
            part = edits.extract(level.graph, self.selected_names())
            return Untidy(key=level.key, whole=level.graph, part=part)
        return Untidy(key=self.level.key, whole=self.graph, part=self.graph)

    def tidy(self, asked: Untidy, places: Mapping[str, Point]) -> bool:
        """Put the nodes where ``layout.arrange`` found places for them; whether the graph was still as it was asked for.

        Of a part, the upper left stays where it was.
        """
        level = self.contents.levels.get(asked.key)
        if level is None or level.graph is not asked.whole:
            return False
        if not asked.is_all:
            before = around(_card(level.places[each]) for each in places)
            after = around(_card(place) for place in places.values())
            dx, dy = before.left - after.left, before.top - after.top
            places = {each: (x + dx, y + dy) for each, (x, y) in places.items()}
        self._apply("tidy up", level, edits.move(level.graph, places))
        return True


def _card(place: Point) -> Box:
    return Box(left=place[0], top=place[1], width=CARD_WIDTH, height=CARD_HEIGHT)
