"""The events of a run in memory: a million steps take 28 MB, where as records they would take 250."""

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

from workbench.events import AnyEvent, StepFinished


class KeptEvents:
    """Events in their order. One thread appends; any other reads what is there meanwhile."""

    def __init__(self, events: Iterable[AnyEvent] = ()) -> None:
        self._length = 0
        self._others: list[AnyEvent] = []
        self._places: list[int] = []
        """Which number each of the others has among all."""
        self._steps: list[array[Any]] = [array(code) for code in ("d", "I", "f", "f", "d")]
        """The fields of every StepFinished: at, step, loss, accuracy (nan for None), learning rate."""
        for event in events:
            self.append(event)

    def __len__(self) -> int:
        return self._length

    def append(self, event: AnyEvent) -> None:
        """Add an event at the end."""
        if isinstance(event, StepFinished):
            accuracy = math.nan if event.accuracy is None else event.accuracy
            for place, value in enumerate((event.at, event.step, event.loss, accuracy, event.learning_rate)):
                column = self._steps[place]
                column.append(value)
                if column[-1] != value and not math.isnan(value):
                    # Not from a network of float32 numbers: the whole column in twice the room.
                    self._steps[place] = array("d", column)
                    self._steps[place][-1] = value
        else:
            self._others.append(event)
            self._places.append(self._length)
        self._length += 1  # last, so that no reader sees half of an event

    @property
    def last_step(self) -> int:
        """The newest StepFinished's number; 0 where there is none."""
        return self._steps[1][-1] if self._steps[1] else 0

    def since(self, cursor: int) -> list[AnyEvent]:
        """Those from number ``cursor`` on; equal to what was appended, made anew."""
        end, rank = self._length, bisect_left(self._places, cursor)
        events: list[AnyEvent] = []
        while rank < len(self._places) and self._places[rank] < end:
            place = self._places[rank]
            events += self._between(cursor - rank, place - rank)
            events.append(self._others[rank])
            cursor, rank = place + 1, rank + 1
        return events + self._between(cursor - rank, end - rank)

    def _between(self, first: int, last: int) -> list[StepFinished]:
        """Of the steps alone, those from number ``first`` to before ``last``."""
        rows = zip(*(column[first:last] for column in self._steps), strict=True)
        return [
            StepFinished(
                at=at, step=step, loss=loss, accuracy=None if math.isnan(accuracy) else accuracy, learning_rate=rate
            )
            for at, step, loss, accuracy, rate in rows
        ]
