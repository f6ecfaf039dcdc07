"""The events of a run in memory: a million steps take 14 MB, rather than 250 MB as records."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

from workbench.events import AnyEvent, StepFinished

PACK = 4096
"""The number of steps packed at once: that takes some milliseconds, and as many unpacked records are kept."""

MOST_CODES = 256


class KeptEvents:
    """A sequence of events. One thread appends; any other may read meanwhile."""

    def __init__(self, events: Iterable[AnyEvent] = ()) -> None:
        self.last_step = 0
        """The number of the newest StepFinished; 0 if there is none."""
        self.last_at = 0.0
        """The latest time of all events."""
        self._length = 0
        self._others: list[AnyEvent] = []
        self._places: list[int] = []
        """The position of each of the others among all events."""
        self._newest: list[StepFinished] = []
        self._steps: list[list[StepFinished] | PackedSteps] = [self._newest]
        """Every StepFinished, in parts of ``PACK``; the last part holds those not packed yet."""
        for event in events:
            self.append(event)

    def __len__(self) -> int:
        return self._length

    def append(self, event: AnyEvent) -> None:
        """Add an event at the end."""
        if isinstance(event, StepFinished):
            self._newest.append(event)
            self.last_step = event.step
            if len(self._newest) == PACK:
                self._steps[-1] = PackedSteps(self._newest)
                self._newest = []
                self._steps.append(self._newest)
        else:
            self._others.append(event)
            self._places.append(self._length)
        self.last_at = max(self.last_at, event.at)
        self._length += 1  # last, so that no reader sees half an event

    def since(self, cursor: int, most: int | None = None) -> list[AnyEvent]:
        """Return the events from number ``cursor`` on, at ``most`` so many, equal to those appended."""
        end, rank = self._length, bisect_left(self._places, cursor)
        if most is not None:
            end = min(end, cursor + most)
        events: list[AnyEvent] = []
        while rank < len(self._places) and self._places[rank] < end:
            place = self._places[rank]
            events += self._between(cursor - rank, place - rank)
            events.append(self._others[rank])
            cursor, rank = place + 1, rank + 1
        return events + self._between(cursor - rank, end - rank)

    def outline(self) -> list[AnyEvent]:
        """Return the first step and all events that are not steps: few, however long the run."""
        return [*self._between(0, 1), *self._others]

    def _between(self, first: int, last: int) -> list[StepFinished]:
        """Return the steps from number ``first`` to before ``last``, counting only steps."""
        steps: list[StepFinished] = []
        for begin in range(first - first % PACK, last, PACK):
            steps += self._steps[begin // PACK][max(first - begin, 0) : last - begin]
        return steps


class PackedSteps:
    """Steps stored as columns; slices create them again, equal to the originals."""

    def __init__(self, steps: Sequence[StepFinished]) -> None:
        self._at = packed([step.at for step in steps])
        self._step = packed([step.step for step in steps])
        self._loss = packed([step.loss for step in steps])
        self._accuracy = packed([step.accuracy for step in steps])
        self._learning_rate = packed([step.learning_rate for step in steps])

    def __getitem__(self, part: slice) -> list[StepFinished]:
        columns = (self._at, self._step, self._loss, self._accuracy, self._learning_rate)
        return [
            StepFinished(at=at, step=step, loss=loss, accuracy=accuracy, learning_rate=rate)
            for at, step, loss, accuracy, rate in zip(*(column[part] for column in columns), strict=True)
        ]


class Coded:
    """A column of few distinct values: each once, and one byte per position."""

    def __init__(self, values: Sequence[Any], different: Sequence[Any]) -> None:
        self._different = tuple(different)
        codes = {value: code for code, value in enumerate(different)}
        self._codes = bytes(codes[value] for value in values)

    def __getitem__(self, part: slice) -> list[Any]:
        return [self._different[code] for code in self._codes[part]]


def packed(values: Sequence[Any]) -> Any:
    """Return a compact object whose slices equal those of ``values``.

    Consecutive integers become a range, few distinct values become codes, floats that fit float32 are stored as such.
    """
    kinds = set(map(type, values))
    if kinds == {int} and values == [*(ascending := range(values[0], values[0] + len(values)))]:
        return ascending
    different = list(dict.fromkeys(values))
    if len(different) <= MOST_CODES:
        return Coded(values, different)
    if kinds == {float}:
        single = array("f", values)
        return single if single.tolist() == values else array("d", values)
    return tuple(values)
