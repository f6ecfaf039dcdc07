"""The log of a run: appended to by the training thread, and read by others at their own pace.

A reader keeps a cursor: ``events = log.since(cursor); cursor += len(events)``. Nothing is pushed to it, so a slow
reader never delays training and a fast training never floods a reader.
"""

import math
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from workbench.durable import append, refusals_told, write_within
from workbench.events import (
    ENDINGS,
    AdviceGiven,
    AnyEvent,
    CheckpointSaved,
    EpochFinished,
    FinalTest,
    LayersProbed,
    RecipeChanged,
    RunStarted,
    StepFinished,
)
from workbench.runs.kept_events import KeptEvents
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

E = TypeVar("E", bound=AnyEvent)

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
"""Raises ValueError on a damaged line, of which msgspec's errors and those of UTF-8 are kinds."""

_step_decoder = msgspec.json.Decoder(StepFinished)

STEP = b'{"event":"StepFinished",'
"""How the line of a finished step begins."""


class RunLog:
    """Events in memory and, if a file is given, on disk, one JSON line each. Raises SpecError if it cannot be opened.

    What a last checkpoint follows from outlives a power cut, as the checkpoint does.
    """

    def __init__(self, file: Path | None = None, events: Iterable[AnyEvent] = ()) -> None:
        self._events = KeptEvents(events)
        # Unbuffered: a system call per line takes 3 us, and a kill loses nothing that a checkpoint has seen.
        self._file: FileIO | None = None
        self._path: Path | None = None
        if file is not None:
            self._open(file)

    def _open(self, file: Path) -> None:
        self._path = file
        with refusals_told(file):
            self._file = file.open("ab", buffering=0)

    def keep_in(self, file: Path) -> None:
        """Put all events so far into ``file``, in place of its content, and append later ones. Raises SpecError if the
        disk refuses.
        """
        write_within(file.parent, file.name, encode(self._events.since(0)))
        self._open(file)

    def append(self, event: AnyEvent) -> None:
        """Add an event; only for the run's thread. Raises SpecError if the disk refuses; readers
        still see the event.
        """
        self._events.append(event)
        if self._file is None or self._path is None:
            return
        line, end = _encoder.encode(event) + b"\n", os.fstat(self._file.fileno()).st_size
        with refusals_told(self._path, len(line)):
            try:
                append(self._file, line)
            except OSError:
                with suppress(OSError):
                    self._file.truncate(end)  # half a line would hide everything after it
                raise
            if isinstance(event, CheckpointSaved) and not event.best:
                os.fsync(self._file.fileno())

    def is_in_place(self) -> bool:
        """Return whether its file is still where it was opened: once moved or deleted, it is written to in vain."""
        if self._file is None or self._path is None:
            return True
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except OSError:
            return False

    def since(self, cursor: int, most: int | None = None) -> Sequence[AnyEvent]:
        """Return the events from number ``cursor`` on, at ``most`` so many; safe from any thread, since the log only
        grows.
        """
        return self._events.since(cursor, most)

    def outline(self) -> Sequence[AnyEvent]:
        """Return the first step and all events that are not steps, in order; safe from any thread."""
        return self._events.outline()

    @property
    def last_at(self) -> float:
        """The latest time in the log, in seconds of the run; 0 if it is empty."""
        return self._events.last_at

    @property
    def last_step(self) -> int:
        """The newest step in the log; 0 before the first."""
        return self._events.last_step

    def __len__(self) -> int:
        return len(self._events)

    def close(self) -> None:
        """Close the file; the events stay readable."""
        if self._file is not None:
            self._file.close()
            self._file = None


class LogTail:
    """Reads a log that another process appends to. Raises SpecError if it cannot be read.

    If that process restarts from a checkpoint, it truncates the log and logs again what came after; events returned
    before are skipped.
    """

    def __init__(self, file: Path) -> None:
        self._path = file
        self._cursor = 0
        self._last_line = b""
        """The line before the cursor; if it is no longer there, the log was truncated."""

        self._step = self._epochs = -1
        """The last step and epoch returned before the log was truncated."""

        self._taken_step = self._taken_epochs = 0

    def take(self) -> list[AnyEvent]:
        """Return the complete, not yet returned events; none if there is no file yet."""
        events = [event for event in self._new() if not known_at(event, self._step, self._epochs)]
        for event in events:
            if isinstance(event, StepFinished):
                self._taken_step = event.step
            elif isinstance(event, EpochFinished):
                self._taken_epochs = event.epoch
        return events

    def _new(self) -> list[AnyEvent]:
        try:
            with self._path.open("rb") as file:
                file.seek(self._cursor - len(self._last_line))
                text = file.read()
                if not text.startswith(self._last_line):
                    self._step, self._epochs = self._taken_step, self._taken_epochs
                    self._cursor, self._last_line = 0, b""
                    file.seek(0)
                    text = file.read()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise SpecError(f"{self._path}: the log cannot be read: {error.strerror or error}") from None
        whole = text[len(self._last_line) : text.rfind(b"\n") + 1]
        self._cursor += len(whole)
        lines = whole.splitlines(keepends=True)
        self._last_line = lines[-1] if lines else self._last_line
        try:
            return [_decoder.decode(line) for line in lines]
        except ValueError as error:
            raise SpecError(f"{self._path}: the rest of the log cannot be read: {error}") from None


def known_at(event: AnyEvent, step: int, num_validated: int) -> bool:
    """Return whether an event remains in a log truncated to a checkpoint of ``step`` steps and ``num_validated``
    epochs.
    """
    if isinstance(event, (*ENDINGS, FinalTest)):
        return False
    if isinstance(event, RunStarted):
        return event.first_step <= step + 1
    if isinstance(event, RecipeChanged):
        return event.step < step  # a change at this very step is made and logged again
    if isinstance(event, LayersProbed | EpochFinished | AdviceGiven):
        return event.epoch <= num_validated
    return getattr(event, "step", 0) <= step


def each_event(file: Path) -> Iterator[AnyEvent]:
    """Yield the events of a saved log, none if there is no file; damaged lines, and a last one torn by a kill, are
    skipped. Raises SpecError if the disk cannot read it.
    """
    return _decoded(file, _lines(file), _decoder)


def num_events(file: Path) -> int:
    """Return how many events a saved log has. Raises SpecError if the disk cannot read it."""
    return sum(1 for _ in each_event(file))


def read_outline(file: Path) -> tuple[AnyEvent, ...]:
    """Return the events of a saved log that are not finished steps: few, however long the run. Lines are skipped, and
    errors raised, as by ``each_event``.
    """
    others = (line for line in _lines(file) if not line.startswith(STEP))
    return tuple(_decoded(file, others, _decoder))


class Steps(NamedTuple):
    """The finished steps of a log: of a million in 24 MB."""

    step: "NDArray[np.int64]"
    """Their numbers, [N]."""
    loss: "NDArray[np.float64]"
    """[N]."""
    accuracy: "NDArray[np.float64]"
    """[N], NaN where there is none."""


def read_steps(file: Path) -> Steps:
    """Return the finished steps of a saved log. Lines are skipped, and errors raised, as by ``each_event``."""
    import numpy as np

    numbers, losses, accuracies = array("q"), array("d"), array("d")
    for event in _decoded(file, (line for line in _lines(file) if line.startswith(STEP)), _step_decoder):
        numbers.append(event.step)
        losses.append(event.loss)
        accuracies.append(math.nan if event.accuracy is None else event.accuracy)
    return Steps(np.array(numbers), np.array(losses), np.array(accuracies))


def _lines(file: Path) -> Iterator[bytes]:
    with suppress(FileNotFoundError), file.open("rb") as lines:
        yield from lines


def _decoded(file: Path, lines: Iterator[bytes], decoder: msgspec.json.Decoder[E]) -> Iterator[E]:
    try:
        for line in lines:
            try:
                event = decoder.decode(line)
            except ValueError:
                continue
            yield event
    except OSError as error:
        raise SpecError(f"{file}: the run's log cannot be read: {error.strerror or error}") from None


def as_left(file: Path) -> Iterator[AnyEvent]:
    """Yield the events of a saved log without its ending. Raises SpecError if the disk cannot read it."""
    return (event for event in each_event(file) if not isinstance(event, ENDINGS))


def end_with(file: Path, ending: AnyEvent) -> None:
    """End a saved log with ``ending``, in place of an earlier one. Raises SpecError if the disk refuses."""
    write_within(file.parent, file.name, encode([*as_left(file), ending]))


def encode(events: Iterable[AnyEvent]) -> bytes:
    """Return events as the bytes of a log file."""
    return b"".join(_encoder.encode(event) + b"\n" for event in events)
