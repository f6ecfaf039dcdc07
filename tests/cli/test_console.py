"""Console output: aligned tables, a status line that is overwritten, one-line error messages."""

import io
import json
import os
import pty
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from workbench.cli.console import StatusLine, complain, never_refusing, print_json, program, progress_lines, table


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_columns_align() -> None:
    text = table([("layer", "parameters"), ("conv1", "156"), ("a long name", "61,706")], right=(1,))
    assert text.split("\n") == ["layer        parameters", "conv1               156", "a long name      61,706"]


def test_on_a_terminal_the_line_is_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "11")
    terminal = Terminal()
    status = StatusLine(terminal)
    status.show("a line that is too long")
    status.show("short")
    status.say("stays")
    assert terminal.getvalue() == "\ra line tha\x1b[K\rshort\x1b[K\r\x1b[Kstays\n"


def test_a_program_is_told_new_work_at_once_and_its_progress_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    times_s = iter([0.0, 0.01, 0.02, 0.3, 0.31, 0.32])
    now_s = 0.0
    progress = progress_lines(lambda: now_s)
    for what, done in (
        ("Decoding", 0),
        ("Decoding", 1),
        ("Decoding", 2),
        ("Decoding", 3),
        ("Writing", 0),
        ("Writing", 9),
    ):
        now_s = next(times_s)
        progress(what, done, 9)
    assert capsys.readouterr().err.splitlines() == ["Decoding 0/9", "Decoding 3/9", "Writing 0/9"]


def test_in_a_file_only_lines_that_stay() -> None:
    file = io.StringIO()
    status = StatusLine(file)
    status.show("epoch 1")
    status.clear()
    status.say("epoch 1 done")
    assert file.getvalue() == "epoch 1 done\n"


def test_a_complaint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain("torch says:\n  many\tthings")
    assert capsys.readouterr().err == "torch says: many things\n"


@pytest.mark.parametrize(
    ("started", "words"),
    [
        ("/srv/main.py", "./run main.py"),
        ("/lib/workbench/__main__.py", "python -m workbench"),
        ("/bin/workbench", "workbench"),
    ],
)
def test_hints_name_the_program_as_it_was_started(started: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", [started])
    assert program() == words


def test_an_encoding_that_lacks_letters_loses_those_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stdout)
    never_refusing()
    print("3×3 → 1×1")
    print_json({"name": "3×3"})
    stdout.seek(0)
    words, line = stdout.read().splitlines()
    assert words == "3?3 ? 1?1" and json.loads(line) == {"name": "3×3"}


def test_a_full_disk_ends_nothing_whose_progress_is_written_to_it() -> None:
    full = Path("/dev/full").open("w")  # closing it fails
    StatusLine(full).say("epoch 1/2")
    with suppress(OSError):
        full.close()


def test_a_terminal_that_was_just_closed_ends_nothing_whose_progress_it_shows() -> None:
    near, far = pty.openpty()
    terminal = os.fdopen(far, "w")
    status = StatusLine(terminal)
    os.close(near)
    with pytest.raises(OSError, match="Input/output error"):
        os.write(far, b"epoch")
    status.show("epoch 1/2")
    with suppress(OSError):
        terminal.close()
