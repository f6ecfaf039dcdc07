"""How a run in a process of its own is told what to do, and says where it is: two files in its folder.

Commands are lines added to one file; the status is another file, written anew where it changes. Whoever can read and
write the folder can follow the run and command it, also after the window that began it has gone.
"""

from pathlib import Path
from typing import Literal

import msgspec

from workbench.durable import append, refusals_told, stamp, write_bytes
from workbench.spec.record import Record, Value

COMMANDS = "commands.jsonl"
STATUS = "status.json"

Do = Literal["pause", "unpause", "step", "stop", "save", "anyway", "change", "look"]


class Command(Record):
    """What is to be done; ``path`` and ``value`` are those of a setting that is to change. Who looks is given batches."""

    do: Do
    path: str = ""
    value: Value = None


class Status(Record):
    """What ``session.run.Run`` says of itself beside its log, and the process that it is in."""

    pid: int
    state: str
    preparation: tuple[str, int, int] | None = None
    differences: tuple[str, ...] = ()
    asking: bool = False
    note: str = ""
    num_earlier: int = 0


def send(folder: Path, command: Command) -> None:
    """Add a command for the run in ``folder``. SpecError where the disk refuses."""
    path = folder / COMMANDS
    # It begins a line of its own, whatever was left torn before it.
    line = b"\n" + msgspec.json.encode(command) + b"\n"
    with refusals_told(path, len(line)), path.open("ab", buffering=0) as file:
        append(file, line)


class Inbox:
    """The commands that come from now on; those of before were for another process."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / COMMANDS
        found = stamp(self._path)
        self._cursor = found[1] if found else 0

    def take(self) -> list[Command]:
        """Those that have come since the last time; a line that is none, or was left torn, is passed over."""
        found = stamp(self._path)
        if found is None or found[1] <= self._cursor:
            return []
        try:
            with self._path.open("rb") as file:
                file.seek(self._cursor)
                lines = file.read().splitlines(keepends=True)
        except OSError:  # a disk that does not answer now may do so the next time
            return []
        whole = [line for line in lines if line.endswith(b"\n")]
        self._cursor += sum(map(len, whole))
        return [command for line in whole if (command := _command(line)) is not None]


def _command(line: bytes) -> Command | None:
    try:
        return msgspec.json.decode(line, type=Command)
    except msgspec.DecodeError:
        return None


def write_status(folder: Path, status: Status) -> None:
    """Say where the run is. SpecError where the disk refuses."""
    write_bytes(folder / STATUS, msgspec.json.encode(status))


def read_status(folder: Path) -> Status | None:
    """Where the run was when it last said so; None where it never has."""
    try:
        return msgspec.json.decode((folder / STATUS).read_bytes(), type=Status)
    except (OSError, msgspec.DecodeError):
        return None
