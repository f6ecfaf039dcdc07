"""Asks a child process about long tables: reading them is Python's work, which would keep the window waiting.

The child reads the table and keeps it (``table_child``); here is no more than what is asked for: facts, a glance, or a
run's examples. Whoever loses interest raises Cancelled when told how far the answer is, which ends the child.
"""

import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from workbench.data.progress import Progress
from workbench.data.source import DataError, Loaded, SourceFacts, shown
from workbench.data.sources import table_file
from workbench.data.sources.table_file import Question, answer
from workbench.data.tables.handing_over import Progressed, take_over
from workbench.data.tables.shards import shards_of
from workbench.session import leash

LEAST_BYTES = 2**20
"""A table in smaller files is read before a process has started."""

BUFFER_BYTES = 2**18

LOOK_S = 0.05
"""How often whoever waits for another's question is told how far that is."""


def read_tables_apart() -> None:
    """Have all tables read so from now on."""
    _readers.is_open = True
    table_file.asker = ask_apart


def read_tables_here() -> None:
    """Undo that, and end the child that waits for questions."""
    table_file.asker = answer
    _readers.close()


def ask_apart(question: Question, progress: Progress) -> SourceFacts | Loaded:
    """Return the answer. Raises DataError if the table cannot be read, WrongColumn if what is told does not fit it,
    and Cancelled from ``progress``.
    """
    path = Path(question.table.file).expanduser()
    try:
        num_bytes = sum(shard.path.stat().st_size for shard in shards_of(path))
    except OSError:  # which reading will explain
        num_bytes = 0
    return answer(question, progress) if num_bytes < LEAST_BYTES else _readers.ask(question, progress)


class _Child:
    """A process that answers questions, one at a time."""

    def __init__(self) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # until ``end``
        self._process = subprocess.Popen(
            leash.command("workbench.session.table_child"),
            bufsize=BUFFER_BYTES,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            **leash.WITHIN,
        )
        self.is_free = True
        """Whether it can be asked."""

    @property
    def has_ended(self) -> bool:
        """Whether it is gone: the system ends whoever keeps much if memory runs short."""
        return self._process.poll() is not None

    def ask(self, question: Question, progress: Progress) -> SourceFacts | Loaded:
        """Return the answer; see ``ask_apart``."""
        self.is_free = False
        stdin, stdout = (cast(BinaryIO, stream) for stream in (self._process.stdin, self._process.stdout))
        try:
            stdin.write(msgspec.json.encode(question) + b"\n")
            stdin.flush()
            while isinstance(told := take_over(stdout), Progressed):
                progress(told.what, told.done, told.total)
        except (EOFError, BrokenPipeError):
            raise self._explained(question) from None
        self.is_free = True
        if isinstance(told, DataError):
            raise told
        return told

    def end(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def _explained(self, question: Question) -> Exception:
        """Return why it ended."""
        code = self._process.wait()
        self._errors.seek(0)
        trace = self._errors.read().decode("utf-8", "replace").strip()
        error, _, _ = trace.rpartition("\n")[2].partition(":")
        if "Traceback" in trace and not error.endswith("MemoryError"):  # NumPy and Arrow have their own of the name
            return RuntimeError(trace)
        return DataError(
            f"{shown(Path(question.table.file))}: the process that read it ended early (code {code}): it may need more memory "
            "than is free; close other programs, or choose a smaller table"
        )


class Readers:
    """Asks children, each of one at a time, and keeps the last that has nothing to do, with its table."""

    def __init__(self) -> None:
        self._editing = threading.Lock()
        """Held for facts and glances, so that the table is read for the first of them."""
        self._last = "Reading the table", 0, 1
        """How far that one is."""
        self._lock = threading.Lock()
        self._idle: _Child | None = None
        self.is_open = True
        """Whether one is kept."""

    def ask(self, question: Question, progress: Progress) -> SourceFacts | Loaded:
        """Return the answer; see ``ask_apart``."""
        if question.about == "load":
            return self._answer(question, progress)

        def tell(*how_far: Any) -> None:
            self._last = how_far
            progress(*how_far)

        while not self._editing.acquire(timeout=LOOK_S):
            progress(*self._last)
        try:
            tell("Reading the table", 0, 1)  # perhaps nobody is interested any more
            return self._answer(question, tell)
        finally:
            self._editing.release()

    def close(self) -> None:
        """End the one that is kept, and those that still answer as soon as they have."""
        self.is_open = False
        self._keep(None)

    def _answer(self, question: Question, progress: Progress) -> SourceFacts | Loaded:
        child = self._taken() or _Child()
        try:
            return child.ask(question, progress)
        finally:
            self._keep(child)

    def _taken(self) -> _Child | None:
        """Return the one that is kept, unless it is gone; from now on it is not kept."""
        with self._lock:
            child, self._idle = self._idle, None
        if child is None or not child.has_ended:
            return child
        child.end()
        return None

    def _keep(self, child: _Child | None) -> None:
        """Keep this one if it can be asked again, and end it otherwise, or the one before."""
        with self._lock:
            if child is None or (self.is_open and child.is_free):
                child, self._idle = self._idle, child
        if child is not None:
            child.end()


_readers = Readers()
