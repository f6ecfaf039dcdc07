"""Passes the latest batch of a run in a separate process to a viewer, through a file in its folder.

A viewer requests it repeatedly; without a request for a while, nothing more is computed or written, and the file is
deleted.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.durable import stamp, write_within
from workbench.session.views.seen_batch import SeenBatch, SeenHead, SeenMap
from workbench.spec.problems import SpecError
from workbench.spec.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.session.views.insight import Insight

FILE = "batch.safetensors"
LOOK_S = 10.0
"""How long a request lasts."""

AGAIN_S = 4.0
"""How long after a request the viewer sends the next one."""

INTERVAL_S = 0.5
MOST_SHARE = 0.1
"""The largest share of the time spent writing, where pictures are large."""

ARRAYS = ("labels", "answers", "losses", "others", "shares", "wanted", "given", "wanted_points", "given_points")
"""The arrays of each head."""


class BatchWriter:
    """In the run's process: writes the batches of its ``insight`` while somebody views them."""

    def __init__(self, folder: Path, insight: Insight) -> None:
        self._file = folder / FILE
        self._insight = insight
        self._number = 0
        self._until_s = 0.0
        self._next_s = 0.0

    def look(self, *, is_new: bool) -> None:
        """Request the latest batch; call again while it is viewed. A new viewer has seen nothing yet."""
        if is_new or not self._until_s:
            self._number = 0
        self._until_s = time.monotonic() + LOOK_S
        self._insight.watches_batch = True

    def serve(self) -> None:
        """Write the newest batch if it is due. Raises SpecError if the disk refuses."""
        now_s = time.monotonic()
        if not self._until_s or now_s < self._next_s:
            return
        if now_s > self._until_s:
            self.close()
            return
        newest = self._insight.batch.newest(self._number)
        if newest is not None:
            self._number, seen = newest
            write_within(self._file.parent, self._file.name, to_bytes(seen))
            ended_s = time.monotonic()
            self._next_s = ended_s + max(INTERVAL_S, (ended_s - now_s) / MOST_SHARE)

    def close(self) -> None:
        """Stop requesting batches."""
        self._until_s = 0.0
        self._insight.watches_batch = False
        with suppress(OSError):  # a batch left behind is shown to nobody: viewers wait for a new one
            self._file.unlink(missing_ok=True)


class BatchReader:
    """In the window: requests batches while its ``insight`` is watched, and puts them there."""

    def __init__(self, folder: Path, look: Callable[[bool], None]) -> None:
        """``look`` sends the request; whether it is the first."""
        self._file = folder / FILE
        self._look = look
        self._read = stamp(self._file)
        self._asked_s: float | None = None

    def serve(self, insight: Insight) -> None:
        """Repeat the request if it is due, and read a new batch."""
        if not insight.watches_batch:
            self._asked_s = None
            return
        now_s = time.monotonic()
        if self._asked_s is None or now_s - self._asked_s > AGAIN_S:
            self._look(self._asked_s is None)
            self._asked_s = now_s
        found = stamp(self._file)
        if found is not None and found != self._read:
            self._read = found
            insight.batch.put(from_file(self._file))


def to_bytes(seen: SeenBatch) -> bytes:
    """Return a batch as safetensors: its arrays, and the rest as JSON."""
    from safetensors.numpy import save

    arrays = {"pictures": seen.pictures.copy()}
    arrays |= {f"map.{number}": each.given.copy() for number, each in enumerate(seen.maps)}
    for number, head in enumerate(seen.heads):
        said = {name: getattr(head, name) for name in ARRAYS}
        arrays |= {f"{number}.{name}": array.copy() for name, array in said.items() if array is not None}
    heads = tuple(replace(head, **dict.fromkeys(ARRAYS)) for head in seen.heads)
    rest = replace(seen, pictures=None, heads=heads, maps=tuple(replace(each, given=None) for each in seen.maps))
    return save(arrays, {"rest": msgspec.json.encode(rest).decode()})


def from_file(file: Path) -> SeenBatch:
    """Read a batch. Raises SpecError if it cannot be read."""
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
        maps = tuple(
            replace(each, given=arrays[f"map.{number}"])
            for number, each in enumerate(msgspec.convert(rest.pop("maps"), tuple[SeenMap, ...]))
        )
        return SeenBatch(**{**rest, "pictures": arrays["pictures"]}, heads=heads, gradients=gradients, maps=maps)
    except (OSError, SafetensorError, msgspec.MsgspecError, KeyError, TypeError) as error:
        raise SpecError(f"{file}: the batch cannot be read: {error}") from None
