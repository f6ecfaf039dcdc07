"""The events of a run in memory: a million steps take 40 MB, where as records they would take 250."""

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
        self._steps: tuple[array[Any], ...] = tuple(array(code) for code in ("d", "q", "d", "d", "d"))
        """The fields of every StepFinished: at, step, loss, accuracy (nan for None), learning rate."""
        for event in events:
            self.append(event)

    def __len__(self) -> int:
        return self._length

    def append(self, event: AnyEvent) -> None:
        """Add an event at the end."""
        if isinstance(event, StepFinished):
            at, step, loss, accuracy, rate = self._steps
            at.append(event.at)
            step.append(event.step)
            loss.append(event.loss)
            accuracy.append(math.nan if event.accuracy is None else event.accuracy)
            rate.append(event.learning_rate)
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
