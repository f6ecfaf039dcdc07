"""Why a network answers as it does, as shown: what is asked about which picture, and the newest map. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.gui.looking.presenter import PicturePresenter, cell_at
from workbench.session.views.why import METHODS, Method, WhyQuestion
from workbench.spec.problems import capitalised
from workbench.spec.quantities import numeral

if TYPE_CHECKING:
    from typing import Any

    from workbench.insight.attention import Point
    from workbench.session.views.attention import OnePicture
    from workbench.session.views.why import NumberPart, WhySeen

COMPUTED = "Computing…"


class WhyPresenter(PicturePresenter["WhySeen"]):
    """The picture and what is asked about it, and the newest answer."""

    shown_thing = "reasons"

    def __init__(self) -> None:
        self.method: Method = next(iter(METHODS))
        super().__init__()

    def begin(self, weights: str | None = None) -> None:
        super().begin(weights)
        self._head = self.layer = ""
        """The title of the chosen head, empty for the first; and the layer, empty for the last."""
        self.place: int | None = None
        self._newest: WhyQuestion | None = None
        self._is_answered = False

    # What is asked

    def show_picture(self, picture: OnePicture) -> None:
        """Ask about another picture: why its likeliest answer, by the same method, and of the same head unless
        another was looked at.
        """
        self._head = picture.head or self._head
        self.place = None
        super().show_picture(picture)

    def choose_method(self, method: Method) -> None:
        self.method = method
        self._ask_anew()

    def choose_head(self, head: int) -> None:
        """Ask about the likeliest answer of another head."""
        self._head, self.place = self.head_titles[head], None
        self._ask_anew()

    def choose_place(self, place: int | None) -> None:
        """Ask about the class or label at this place among the names; None for the likeliest."""
        self.place = place
        self._ask_anew()

    def choose_layer(self, path: str) -> None:
        """Look at the maps of this layer with Grad-CAM."""
        self.layer = path
        self._ask_anew()

    def _ask_anew(self) -> None:
        assert self.picture is not None
        self._newest = WhyQuestion(
            picture=self.picture, method=self.method, head=self._head, place=self.place, layer=self.layer
        )
        self._is_answered = False
        super()._ask_anew()

    def _question(self) -> WhyQuestion | None:
        """Return the same object when it is asked again: another would cancel an answer that is being computed."""
        return self._newest

    def take_answer(self, number: int, answer: WhySeen) -> bool:
        is_ours = super().take_answer(number, answer)
        self._is_answered |= is_ours
        return is_ours

    # What is shown

    @property
    def is_shown(self) -> bool:
        """Whether there is a picture that was asked about, with or without a map."""
        return self.seen is not None and self.seen.pixels is not None

    @property
    def is_waiting(self) -> bool:
        """Whether the first answer to the question is awaited."""
        return not self._is_answered

    @property
    def map(self) -> Any:
        """The map over the picture, float32 [h, w]; None while it is awaited, or if there is none."""
        return None if self.seen is None or self.is_waiting else self.seen.found

    @property
    def is_row(self) -> bool:
        """Whether what was asked about is a row of numbers."""
        return self.seen is not None and bool(self.seen.features)

    @property
    def bars(self) -> list[NumberPart]:
        """The numbers of a row, those that matter the most first."""
        return [] if self.seen is None or self.map is None else self.seen.parts

    @property
    def head_titles(self) -> tuple[str, ...]:
        return () if self.seen is None else tuple(head.title for head in self.seen.heads)

    @property
    def head(self) -> int:
        """The number of the chosen head."""
        return self.head_titles.index(self._head) if self._head in self.head_titles else 0

    @property
    def places(self) -> list[tuple[int | None, str]]:
        """What can be asked about, with its value, the likeliest first; None for whatever is the likeliest."""
        seen = self.seen
        if seen is None or seen.pixels is None or seen.head != self.head:
            return []
        if not seen.heads[seen.head].column.names:
            return [(place, seen.said(place)) for place in range(len(seen.names))]
        order = np.argsort(-seen.values, kind="stable").tolist()
        rows = [(place, seen.said(place) + " · true class" * (place == seen.truth)) for place in order]
        return [(None, f"Likeliest: {seen.said(order[0])}"), *rows]

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers whose maps Grad-CAM can look at, the last first; none for another method."""
        return () if self.seen is None or self.method != "grad-cam" else self.seen.layers[::-1]

    @property
    def shown_layer(self) -> str:
        """The chosen layer, or that of the answer."""
        return self.layer if self.layer in self.layers else "" if self.seen is None else self.seen.layer

    @property
    def told(self) -> str:
        """What the colours mean, or why there are none."""
        seen = self.seen
        if seen is None or self.is_waiting:
            return COMPUTED
        return f"{capitalised(seen.problem)}." if seen.problem else f"{seen.said(seen.place)}. {seen.legend}"

    def tip(self, point: Point) -> str:
        """Return the number of the map at a point of the picture."""
        shown = self.map
        if shown is None:
            return ""
        row, column = cell_at(point, shown.shape)
        value = numeral(float(shown[row, column]), "+.3g")
        return f"row {row + 1}, column {column + 1}: {value}"
