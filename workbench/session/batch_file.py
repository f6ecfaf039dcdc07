"""Passes the latest batch of a run in a separate process to a viewer, through a file in its folder.

Who looks says so again and again; where nobody has for a while, nothing more is computed or written, and the file goes.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.durable import stamp, write_bytes
from workbench.session.seen_batch import SeenBatch, SeenHead
from workbench.spec.problems import SpecError
from workbench.spec.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.session.insight import Insight

FILE = "batch.safetensors"
LOOK_S = 10.0
"""For so long a look lasts."""

AGAIN_S = 4.0
"""So long after a look the next one is asked for."""

INTERVAL_S = 0.5
MOST_SHARE = 0.1
"""Of the time that may be spent writing, where pictures are large."""

ARRAYS = ("labels", "answers", "losses")
"""Of each head."""


class BatchWriter:
    """In the run's process: writes the batches that its ``insight`` puts, while somebody looks."""

    def __init__(self, folder: Path, insight: Insight) -> None:
        self._file = folder / FILE
        self._insight = insight
        self._number = 0
        self._until_s = 0.0
        self._next_s = 0.0

    def look(self) -> None:
        """Request the latest batch; call again while it is viewed."""
        if not self._until_s:
            self._number = 0  # who comes now has seen nothing yet
        self._until_s = time.monotonic() + LOOK_S
        self._insight.watch_batch(True)

    def serve(self) -> None:
        """Write the newest batch where it is time. SpecError where the disk refuses."""
        now_s = time.monotonic()
        if not self._until_s or now_s < self._next_s:
            return
        if now_s > self._until_s:
            self.close()
            return
        newest = self._insight.batch.newest(self._number)
        if newest is not None:
            self._number, seen = newest
            write_bytes(self._file, to_bytes(seen))
            ended_s = time.monotonic()
            self._next_s = ended_s + max(INTERVAL_S, (ended_s - now_s) / MOST_SHARE)

    def close(self) -> None:
        """Stop requesting batches."""
        self._until_s = 0.0
        self._insight.watch_batch(False)
        self._file.unlink(missing_ok=True)


class BatchReader:
    """In the window: asks for batches while its ``insight`` is watched, and puts there what comes."""

    def __init__(self, folder: Path, look: Callable[[], None]) -> None:
        self._file = folder / FILE
        self._look = look
        self._read = stamp(self._file)
        self._asked_s: float | None = None

    def serve(self, insight: Insight) -> None:
        """Ask again where it is time, and read what is new."""
        if not insight.watches_batch:
            self._asked_s = None
            return
        now_s = time.monotonic()
        if self._asked_s is None or now_s - self._asked_s > AGAIN_S:
            self._asked_s = now_s
            self._look()
        found = stamp(self._file)
        if found is not None and found != self._read:
            self._read = found
            insight.batch.put(from_file(self._file))


def to_bytes(seen: SeenBatch) -> bytes:
    """A batch as safetensors: its arrays, and the rest as JSON."""
    from safetensors.numpy import save

    arrays = {"pictures": seen.pictures.copy()}
    for number, head in enumerate(seen.heads):
        said = {name: getattr(head, name) for name in ARRAYS}
        arrays |= {f"{number}.{name}": array.copy() for name, array in said.items() if array is not None}
    heads = tuple(replace(head, **dict.fromkeys(ARRAYS)) for head in seen.heads)
    rest = replace(seen, pictures=None, heads=heads)
    return save(arrays, {"rest": msgspec.json.encode(rest).decode()})


def from_file(file: Path) -> SeenBatch:
    """Read back. SpecError where it cannot be."""
    from safetensors import SafetensorError, safe_open

    from workbench.insight.gradients import LayerGradient

    try:
        with safe_open(file, framework="np") as kept:
            arrays: dict[str, Any] = {name: kept.get_tensor(name) for name in kept.keys()}  # noqa: SIM118
            rest = msgspec.json.decode((kept.metadata() or {})["rest"])
        gradients = msgspec.convert(rest.pop("gradients"), tuple[LayerGradient, ...])
        heads = tuple(
            replace(head, **{name: arrays.get(f"{number}.{name}") for name in ARRAYS})
            for number, head in enumerate(msgspec.convert(rest.pop("heads"), tuple[SeenHead, ...]))
        )
        return SeenBatch(**{**rest, "pictures": arrays["pictures"]}, heads=heads, gradients=gradients)
    except (OSError, SafetensorError, msgspec.MsgspecError, KeyError, TypeError) as error:
        raise SpecError(f"{file}: the batch cannot be read: {error}") from None
