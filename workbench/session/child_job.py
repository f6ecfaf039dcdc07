"""One of our commands in a child process: Python-heavy work would block the window for half a second.

The child is our own command line, so that the window and the command line cannot disagree.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import threading
import time
from collections import deque
from typing import Any, Literal

from workbench.session import leash
from workbench.spec.experiment import Experiment
from workbench.spec.files import to_json
from workbench.spec.record import Record

GRACE_S = 1.0
"""How long the output may take to arrive after the child has ended: a process that it started and left behind may keep
the pipe open for ever.
"""


class JobState(Record):
    """The state of a job: ``message`` is its newest line, ``report`` its final output."""

    phase: Literal["running", "done", "failed", "cancelled"]
    message: str = ""
    report: dict[str, Any] | None = None


class ChildJob:
    """One of our commands in a child process, its output read in threads; it ends with this process. ``poll`` never
    waits.

    ``given`` is passed on standard input, for a command with the argument ``-``: an experiment that need not be in a
    file.
    """

    def __init__(self, arguments: list[str], *, module: str = "workbench", given: Experiment | None = None) -> None:
        self._cancelled = False
        self._ended_s: float | None = None
        """When the child was first seen to have ended, by the monotonic clock."""
        self._errors: deque[str] = deque(maxlen=20)
        self._output: deque[str] = deque(maxlen=20)
        # A file rather than a pipe: nothing has to write to it while the child reads.
        with tempfile.TemporaryFile() as stdin:
            stdin.write(to_json(given).encode() if given else b"")
            stdin.seek(0)
            self._process = subprocess.Popen(
                leash.command(module, *arguments),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",  # an untrusted file may print anything
                env=os.environ | {"PYTHONIOENCODING": "utf-8"},  # on Windows a pipe has another encoding
                **leash.WITHIN,
            )
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), name=f"{module} job", daemon=True)
            for stream, lines in ((self._process.stdout, self._output), (self._process.stderr, self._errors))
        ]
        for reader in self._readers:
            reader.start()

    def poll(self) -> JobState:
        """The job's current state."""
        code = self._process.poll()
        newest = self._errors[-1] if self._errors else ""
        if code is None or not self._is_read():
            return JobState(phase="running", message=newest)
        if self._cancelled:
            return JobState(phase="cancelled")
        if code == 0:
            try:
                return JobState(phase="done", report=json.loads(self._output[-1]))
            except (IndexError, ValueError):
                return JobState(phase="failed", message="the job ended without a report")
        return JobState(phase="failed", message=newest or f"the job ended with code {code}")

    def wait(self, timeout_s: float) -> bool:
        """Wait for the child's end and its output; return whether it ended within ``timeout_s``."""
        until_s = time.monotonic() + timeout_s
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        self._join_readers(max(0.0, until_s - time.monotonic()))
        return True

    def cancel(self) -> None:
        """End the child; ``poll`` reports when it has ended."""
        self._cancelled = True
        self._process.terminate()

    def close(self, timeout_s: float = 5.0) -> None:
        """End the child if it still runs, and wait for it."""
        if self._process.poll() is None:
            self.cancel()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._join_readers(GRACE_S)

    def _is_read(self) -> bool:
        """Whether the output of the child, which has ended, has been read, as far as it comes."""
        now_s = time.monotonic()
        self._ended_s = self._ended_s or now_s
        return now_s - self._ended_s > GRACE_S or not any(reader.is_alive() for reader in self._readers)

    def _join_readers(self, timeout_s: float) -> None:
        for reader in self._readers:
            reader.join(timeout_s)

    @staticmethod
    def _read(stream: Any, lines: deque[str]) -> None:
        with stream:
            for line in stream:
                if line.strip():
                    lines.append(line.rstrip())
