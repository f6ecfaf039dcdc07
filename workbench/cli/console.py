"""What the commands print: a progress line, one-line complaints, tables, JSON."""

import argparse
import codecs
import errno
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

import msgspec

from workbench.data.progress import Progress, counted
from workbench.durable import check_writable
from workbench.session.time_left import TimeLeft
from workbench.spec.problems import SpecError, one_line
from workbench.spec.remedy import Remedy

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors of a full disk."""

LINES_EVERY_S = 0.2

HANG_UP = getattr(signal, "SIGHUP", None)
"""Sent by a terminal that is closed; does not exist on Windows."""


def program() -> str:
    """Return the command with which this program was started, for hints that can be copied."""
    started = Path(sys.argv[0]).name
    start = "uv run main.py" if sys.platform == "win32" else "./run main.py"
    return {"main.py": start, "__main__.py": "python -m workbench"}.get(started, "workbench")


def complain(sentence: str) -> None:
    """Print a sentence as one line on stderr; if that fails, the exit status alone reports."""
    with suppress(OSError):
        print(one_line(sentence), file=sys.stderr)


def fix_words(remedy: Remedy | None) -> str:
    """Return what ``--fix`` does by this remedy, in brackets after a sentence; empty if there is none."""
    return "" if remedy is None else f" (--fix: {remedy.words})"


def never_refusing() -> None:
    """Let stdout and stderr accept every character, whatever their encoding, even if they have been closed."""
    sys.stdout, sys.stderr = (stream or _nowhere() for stream in (sys.stdout, sys.stderr))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def check_png(path: Path | None) -> None:
    """Raise SpecError unless pictures can be written to the file that -o names, if it does: before all work."""
    if path is None:
        return
    if path.suffix.lower() != ".png":
        raise SpecError(f"-o {path}: the pictures are saved as a .png file")
    check_writable(path.expanduser())


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``, for ``print_result``."""
    parser.add_argument("--json", action="store_true", help="print the result as one line of JSON at the end")


def print_result(result: Any, words: str, *, as_json: bool) -> None:
    """Print the result as one line of JSON, or in words."""
    if as_json:
        print_json(result)
    else:
        print(words)


def print_json(result: Any) -> None:
    """Print one line of JSON on stdout; non-finite numbers become null."""
    line = msgspec.json.encode(result).decode()
    print(line if _is_utf8(sys.stdout) else json.dumps(json.loads(line)))


def _is_utf8(stream: TextIO) -> bool:
    return codecs.lookup(stream.encoding).name == "utf-8"


def table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Return rows in aligned columns, those in ``right`` right-aligned. The first row is the heading."""
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
    """A line on stderr that is overwritten on a terminal; it is not shown in a file or pipe. ``with`` erases it in the
    end.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self.live = self._stream.isatty()
        self._shown = False

    def __enter__(self) -> "StatusLine":
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def show(self, text: str) -> None:
        """Replace the line."""
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            self._put(f"\r{text[:width]}\x1b[K")
            self._shown = True

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self.clear()
        self._put(f"{text}\n")

    def clear(self) -> None:
        """Erase the line."""
        if self._shown:
            self._put("\r\x1b[K")
            self._shown = False

    def _put(self, text: str) -> None:
        """Write to the stream, ignoring a full disk, or a terminal that was just closed before its signal arrived."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError as error:
            if error.errno not in (*NO_ROOM, errno.EIO):
                raise


@contextmanager
def progress_shown(*, as_lines: bool = False) -> Iterator[Progress]:
    """Yield a function that shows the progress of the work in this block, with the time left; or does what that of
    ``progress_lines`` does.
    """
    time_left = TimeLeft()

    def show(what: str, done: int, total: int) -> None:
        status.show(counted(time_left.say(what, done, total), done, total))

    with StatusLine() as status:
        yield progress_lines() if as_lines else show


def progress_lines(now_s: Callable[[], float] = time.monotonic) -> Progress:
    """Return a function that prints progress on stderr as lines, for a program that shows the newest.

    New work is told at once, and how far it is at most every ``LINES_EVERY_S``.
    """
    last, last_s = "", 0.0
    time_left = TimeLeft(now_s)

    def progress(what: str, done: int, total: int) -> None:
        nonlocal last, last_s
        words = counted(time_left.say(what, done, total), done, total)
        if what != last or now_s() - last_s >= LINES_EVERY_S:
            last, last_s = what, now_s()
            complain(words)

    return progress


@contextmanager
def signals_given(to: Callable[[int], None]) -> Iterator[None]:
    """Pass Ctrl+C, SIGTERM and SIGHUP to ``to``, by number, instead of ending the program.

    Needed when waiting for a thread: after a KeyboardInterrupt in its ``join``, Python 3.11 considers a thread ended.
    """

    def tell(number: int, _frame: object) -> None:
        if number == HANG_UP:  # further output has no reader; a closed terminal would refuse it
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for stream in (sys.stdout, sys.stderr):
                os.dup2(nowhere, stream.fileno())
        to(number)

    numbers = [signal.SIGINT, signal.SIGTERM]
    if HANG_UP is not None and signal.getsignal(HANG_UP) != signal.SIG_IGN:  # ignored under nohup
        numbers.append(HANG_UP)
    before = {number: signal.signal(number, tell) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ended_by_term() -> Iterator[None]:
    """Let SIGTERM end this block like Ctrl+C, so that it can clean up, for example end a child process."""

    def end(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
