"""What a network attends to, as shown: a map of the picture for each head of a layer, or of the rollout. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.gui.looking.presenter import PicturePresenter, cell_at
from workbench.session.views.attention import AttentionQuestion, AttentionSeen
from workbench.spec.quantities import NO_BREAK, percent
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.insight.attention import Attention, Point
    from workbench.session.views.attention import OnePicture

ROLLOUT = ""
"""The path of the rollout, which belongs to no node."""


class Map(Record):
    """A map over the picture: ``shares``, float32 [H, W], NaN where the query does not reach; ``others``, float32 [n],
    are of the tokens before those of the picture.
    """

    caption: str
    shares: NDArray[np.float32]
    others: NDArray[np.float32]

    @property
    def largest(self) -> float:
        """The largest share; NaN if the network has diverged."""
        return float(np.nanmax(self.shares)) if np.isfinite(self.shares).any() else np.nan

    @property
    def even(self) -> float:
        """The share of each token if all that the query reaches got the same; NaN if the network has diverged."""
        num_tokens = int(np.isfinite(self.shares).sum()) + self.others.size
        return 1 / num_tokens if num_tokens else np.nan

    @property
    def above_even(self) -> NDArray[np.float32]:
        """How much more than an even share each token gets, [H, W]; negative or NaN where it gets no more."""
        return self.shares - np.float32(self.even)

    @property
    def strongest(self) -> float:
        """How much more than an even share is drawn the strongest: the most that a token gets, or twice an even share
        if none gets that, so that little differences stay faint.
        """
        return max(self.largest - self.even, self.even)

    @property
    def tip(self) -> str:
        """What a small picture of the map has no room for."""
        most = "NaN" if np.isnan(self.largest) else f"up to {percent(self.largest, gap=NO_BREAK)}"
        return f"{self.caption}: {most}"


class AttentionPresenter(PicturePresenter[AttentionSeen]):
    """The picture and the query, the newest answer, and which of its maps is shown."""

    shown_thing = "attention"

    def begin(self, weights: str | None = None) -> None:
        super().begin(weights)
        self.query: Point | None = None
        self._number = 0
        """Of the chosen map."""
        self._path: str | None = None
        """The chosen layer; None for the last."""

    def show_picture(self, picture: OnePicture) -> None:
        """Ask about another picture, with the default query."""
        super().show_picture(picture)
        self.query = None

    def choose_query(self, query: Point | None) -> None:
        """Ask about this point of the picture; None for the class token, or the mean over all queries."""
        self.query, self._wants = query, True

    def move_query(self, rows: int, columns: int) -> None:
        """Ask about the token so many rows and columns further; at first about the one in the middle."""
        height, width = self.map.shares.shape
        row, column = (height // 2, width // 2) if self.framed is None else self.framed
        if self.framed is not None:
            row, column = min(max(row + rows, 0), height - 1), min(max(column + columns, 0), width - 1)
        self.choose_query(((row + 0.5) / height, (column + 0.5) / width))

    def choose_layer(self, path: str) -> None:
        """Show this layer, with the same head if it is not the rollout."""
        if ROLLOUT in (path, self.path):
            self._number = 0
        self._path = path

    def choose_map(self, number: int) -> None:
        self._number = number

    def _question(self) -> AttentionQuestion | None:
        return None if self.picture is None else AttentionQuestion(picture=self.picture, query=self.query)

    @property
    def is_shown(self) -> bool:
        return self.seen is not None and bool(self.seen.layers)

    @property
    def layers(self) -> list[tuple[str, str]]:
        """The paths and short titles of the layers to choose from, the rollout first if there is one."""
        if self.seen is None:
            return []
        paths = [layer.path for layer in self.seen.layers]
        rollout = [(ROLLOUT, "Rollout of all layers")] if self.seen.rollout is not None else []
        return [*rollout, *zip(paths, short_titles(paths), strict=True)]

    @property
    def path(self) -> str:
        """The path of the layer that is shown."""
        assert self.seen is not None
        known = [path for path, _ in self.layers]
        return self._path if self._path in known else known[-1]

    @property
    def _shown(self) -> Attention:
        assert self.seen is not None
        every = [*self.seen.layers, *filter(None, [self.seen.rollout])]
        return next(each for each in every if each.path == self.path)

    @property
    def maps(self) -> tuple[Map, ...]:
        """The maps of the layer: of all heads on average, then of each; of the rollout all layers first, then fewer."""
        shown = self._shown
        rows = list(zip(shown.shares, shown.others, strict=True))
        if self.path == ROLLOUT:
            captions = [f"first {number} layers" if number > 1 else "first layer" for number in range(1, len(rows))]
            rows, captions = rows[::-1], [f"all {len(rows)} layers", *reversed(captions)]
        else:
            rows = [(shown.shares.mean(axis=0), shown.others.mean(axis=0)), *rows]
            captions = ["mean of heads", *(f"head {number}" for number in range(1, len(rows)))]
        return tuple(
            Map(caption=caption, shares=shares, others=others)
            for caption, (shares, others) in zip(captions, rows, strict=True)
        )

    @property
    def number(self) -> int:
        """The number of the map that is shown; another layer may have fewer."""
        return self._number if self._number < len(self.maps) else 0

    @property
    def map(self) -> Map:
        return self.maps[self.number]

    @property
    def framed(self) -> tuple[int, int] | None:
        """The row and column of the query's token; None if it is none of the picture's."""
        return self._shown.query

    @property
    def default_title(self) -> str:
        """The name of the query that no click has chosen."""
        has_class_token = self.seen is not None and any(layer.others.size for layer in self.seen.layers)
        return "Class token" if has_class_token else "All queries"

    @property
    def told(self) -> str:
        """What is drawn, in words."""
        shown = self.map
        if np.isnan(shown.largest):
            return "The network answers NaN."
        parts = [
            f"{self._query_words} · {shown.caption}.",
            f"Red: more than an even share, which is {percent(shown.even, gap=NO_BREAK)} of the attention, up to "
            f"{percent(shown.largest, gap=NO_BREAK)}.",
        ]
        if shown.others.size:
            parts.append(f"The class token itself gets {percent(float(shown.others[0]), gap=NO_BREAK)}.")
        return " ".join(parts)

    @property
    def _query_words(self) -> str:
        if self.framed is not None:
            return "Query: the framed patch"
        return "Query: the class token" if self.map.others.size else "Mean over all queries"

    def tip(self, point: Point) -> str:
        """Return the share of the token at a point of the picture."""
        shares = self.map.shares
        row, column = cell_at(point, shares.shape)
        share = shares[row, column]
        if np.isnan(self.map.largest):
            said = "NaN"
        elif np.isnan(share):
            said = "outside the query's window"
        else:
            said = f"{percent(float(share), gap=NO_BREAK)} of the attention"
        return f"row {row + 1}, column {column + 1}: {said}"


def short_titles(paths: Sequence[str]) -> tuple[str, ...]:
    """Return paths without the parts at their beginning and end that all of them share, but for one."""
    parts = [path.split(".") for path in paths]
    if len(parts) < 2:
        return tuple(paths)
    shortest = min(map(len, parts))
    starts = (place for place in range(shortest) if len({each[place] for each in parts}) > 1)
    start = next(starts, shortest - 1)
    ends = (place for place in range(1, shortest + 1) if len({each[-place] for each in parts}) > 1)
    end = next(ends, shortest)
    return tuple(".".join(each[start : len(each) - end + 1] or each) for each in parts)
