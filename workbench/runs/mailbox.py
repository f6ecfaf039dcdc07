"""Communication with a run in a separate process: two files in its folder.

Commands are lines appended to one file; the status is another file, replaced when it changes. Whoever can read and
write the folder can follow and command the run, even after the window that started it has closed.
"""

from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from workbench.durable import append, refusals_told, stamp, write_within
from workbench.runs.changes import check_is_run
from workbench.spec.record import Record, Value

COMMANDS = "commands.jsonl"
STATUS = "status.json"

Do = Literal["pause", "unpause", "step", "stop", "save", "anyway", "change", "look"]


class Command(Record):
    """A command; ``path`` and ``value`` are those of a setting to change. ``look`` requests batches; its
    ``value`` is whether this viewer has seen none yet.
    """

    do: Do
    path: str = ""
    value: Value = None


class Status(Record):
    """The attributes of ``session.running.run.Run`` besides its log, and its process."""

    pid: int
    state: str
    preparation: tuple[str, int, int] | None = None
    differences: tuple[str, ...] = ()
    asking: bool = False
    declined: bool = False
    note: str = ""
    num_earlier: int = 0
    requested: dict[str, Value] = {}
    """The changes that the run has been told of and has yet to make."""

    heard: int = 0
    """How many bytes of its commands the process has taken."""

    has_begun: bool = True
    """Whether the log beside it is this training's; until a run resumes, it is as the last one left it."""


def send(folder: Path, command: Command) -> None:
    """Add a command for the run in ``folder``. Raises SpecError if the disk refuses."""
    path = folder / COMMANDS
    # A line break first, in case the line before it is torn.
    line = b"\n" + msgspec.json.encode(command) + b"\n"
    with refusals_told(path, len(line)), path.open("ab", buffering=0) as file:
        append(file, line)


class Inbox:
    """The commands that arrive from now on, since earlier ones were for another process; or after those ``heard``."""

    def __init__(self, folder: Path, heard: int | None = None) -> None:
        self._path = folder / COMMANDS
        found = stamp(self._path)
        self.heard = heard if heard is not None else found[1] if found else 0
        """The bytes taken so far."""

    def take(self) -> list[Command]:
        """Return the commands that arrived since the last call; invalid and torn lines are skipped."""
        found = stamp(self._path)
        if found is None or found[1] <= self.heard:
            return []
        try:
            with self._path.open("rb") as file:
                file.seek(self.heard)
                lines = file.read().splitlines(keepends=True)
        except OSError:  # the disk may respond next time
            return []
        whole = [line for line in lines if line.endswith(b"\n")]
        self.heard += sum(map(len, whole))
        return [command for line in whole if (command := _command(line)) is not None]


def _command(line: bytes) -> Command | None:
    try:
        return msgspec.json.decode(line, type=Command)
    except ValueError:  # msgspec's errors are ValueErrors too, and so are those of UTF-8
        return None


def write_status(folder: Path, status: Status) -> None:
    """Write the run's status. Raises SpecError if the disk refuses, or the run's folder is gone."""
    check_is_run(folder)
    write_within(folder, STATUS, msgspec.json.encode(status))


def forget_status(folder: Path) -> None:
    """Delete the status of an earlier process, which nobody can follow or command any more."""
    with suppress(OSError):  # a disk that refuses is told of when something is written
        (folder / STATUS).unlink(missing_ok=True)


def read_status(folder: Path) -> Status | None:
    """Return the run's last status; None if there is none."""
    try:
        return msgspec.json.decode((folder / STATUS).read_bytes(), type=Status)
    except (OSError, ValueError):
        return None
