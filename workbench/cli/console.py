"""What the commands print: one line of progress, one line of complaint, tables, JSON."""

import codecs
import errno
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

import msgspec

from workbench.data.progress import Progress, counted
from workbench.session.time_left import TimeLeft
from workbench.spec.problems import one_line

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What a disk says that is full."""

HANG_UP = getattr(signal, "SIGHUP", None)
"""What a terminal sends as it is closed; Windows has none."""


def program() -> str:
    """The words with which this program was started, for hints that can be copied."""
    started = Path(sys.argv[0]).name
    return {"main.py": "./run main.py", "__main__.py": "python -m workbench"}.get(started, "workbench")


def complain(sentence: str) -> None:
    """One line on stderr, whatever the sentence; where it cannot be said, the exit status alone tells."""
    with suppress(OSError):
        print(one_line(sentence), file=sys.stderr)


def never_refusing() -> None:
    """Have stdout and stderr take all letters, whatever they are encoded in, and also where somebody has closed them."""
    sys.stdout, sys.stderr = (stream or _nowhere() for stream in (sys.stdout, sys.stderr))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def print_json(result: Any) -> None:
    """One line of JSON on stdout; a number that is not finite is null."""
    line = msgspec.json.encode(result).decode()
    print(line if _is_utf8(sys.stdout) else json.dumps(json.loads(line)))


def _is_utf8(stream: TextIO) -> bool:
    return codecs.lookup(stream.encoding).name == "utf-8"


def table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Rows in aligned columns, those in ``right`` flush right. The first row is the heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


class StatusLine:
    """A line on stderr that is written over on a terminal; elsewhere (a file, a pipe) it is not shown at all."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self.live = self._stream.isatty()
        self._shown = False

    def show(self, text: str) -> None:
        """Put this text in place of the last one."""
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            self._put(f"\r{text[:width]}\x1b[K")
            self._shown = True

    def say(self, text: str) -> None:
        """A line that stays."""
        self.clear()
        self._put(f"{text}\n")

    def clear(self) -> None:
        """Make the line empty."""
        if self._shown:
            self._put("\r\x1b[K")
            self._shown = False

    def _put(self, text: str) -> None:
        """A disk that is full, to which all this is written, or a terminal that was closed just now, before its signal
        came, is no reason to end what it tells of.
        """
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError as error:
            if error.errno not in (*NO_ROOM, errno.EIO):
                raise


def progress_on(status: StatusLine) -> Progress:
    """Shows how far some work is, with the time left."""
    time_left = TimeLeft()

    def progress(what: str, done: int, total: int) -> None:
        status.show(counted(time_left.say(what, done, total), done, total))

    return progress


@contextmanager
def signals_given(to: Callable[[int], None]) -> Iterator[None]:
    """Within, Ctrl+C, a polite kill and the end of the terminal are told to ``to``, by their numbers, and end nothing."""

    def tell(number: int, _frame: object) -> None:
        if number == HANG_UP:  # what is still said is said to nobody; a terminal that is gone refuses to hear it
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for stream in (sys.stdout, sys.stderr):
                os.dup2(nowhere, stream.fileno())
        to(number)

    numbers = [signal.SIGINT, signal.SIGTERM]
    if HANG_UP is not None and signal.getsignal(HANG_UP) != signal.SIG_IGN:  # nohup asks for not being told
        numbers.append(HANG_UP)
    before = {number: signal.signal(number, tell) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ended_by_term() -> Iterator[None]:
    """A polite kill ends this block as Ctrl+C does: what it began, a child process say, is ended too."""

    def end(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def duration(seconds: float) -> str:
    """``0:41``, ``12:05``, ``1:02:03``."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
