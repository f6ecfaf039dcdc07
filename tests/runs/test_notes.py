"""Notes on a run are stored in its folder, and survive whatever is done to the file."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.runs.notes import NOTES, Notes, annotate, are_found, read_notes, tags_of
from workbench.runs.store import create_run, list_runs, open_run
from workbench.spec.files import read_experiment
from workbench.spec.problems import SpecError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return create_run(tmp_path / "runs", read_experiment("lenet"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(note=st.text(), tags=st.lists(st.text()))
def test_what_is_written_is_read_again(folder: Path, note: str, tags: list[str]) -> None:
    (folder / NOTES).unlink(missing_ok=True)
    named = tags_of(",".join(tags))
    written = annotate(folder, note=note, tags=named)
    assert read_notes(folder) == written == open_run(folder).notes
    assert written == Notes(note=note.strip(), tags=named)
    assert set(json.loads((folder / NOTES).read_text("utf-8") if written != Notes() else "{}")) <= {"note", "tags"}


def test_what_is_not_named_stays(folder: Path) -> None:
    assert annotate(folder) == read_notes(folder) == Notes() and not (folder / NOTES).exists(), "nothing to write"
    annotate(folder, note="  a larger rate  ", tags=["rates", "wide"])
    annotate(folder, tags=["last", "rates"], without=["wide"])
    assert read_notes(folder) == Notes(note="a larger rate", tags=("rates", "last"))
    annotate(folder, note="")
    assert read_notes(folder) == Notes(tags=("rates", "last"))


def test_bytes_of_a_command_line_that_are_no_text_are_replaced(folder: Path) -> None:
    latin = os.fsdecode(b"caf\xe9")
    annotate(folder, note=latin, tags=[latin])
    assert read_notes(folder) == Notes(note="caf?", tags=("caf?",))


def test_of_changes_made_at_once_none_is_lost(folder: Path) -> None:
    tags = [f"tag {number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda tag: annotate(folder, tags=[tag]), tags))
    assert sorted(read_notes(folder).tags) == sorted(tags)


ADD = """
import sys
from pathlib import Path
from workbench.runs.notes import annotate

print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    annotate(Path(sys.argv[1]), tags=[f"{sys.argv[2]} {number}"])
"""


def test_of_changes_by_two_programs_at_once_none_is_lost(folder: Path) -> None:
    command = [sys.executable, "-c", ADD, str(folder)]
    with ExitStack() as stack:
        programs = [
            stack.enter_context(subprocess.Popen([*command, name], stdin=PIPE, stdout=PIPE, text=True))
            for name in ("one", "other")
        ]
        for program in programs:
            assert program.stdout is not None and program.stdout.readline() == "ready\n"
        for program in programs:
            assert program.stdin is not None
            program.stdin.write("\n")
            program.stdin.flush()
    assert len(read_notes(folder).tags) == 40


@pytest.mark.parametrize("data", [b"", b"[]", b'{"note": 3}', b'{"note": "\xff"}', b'{"colour": "red"}'])
def test_a_damaged_file_is_told_and_kept_and_harms_no_run(folder: Path, data: bytes) -> None:
    (folder / NOTES).write_bytes(data)
    (run,) = list_runs(folder.parent)
    assert run.notes == Notes()
    assert str(folder / NOTES) in run.notes_problem
    with pytest.raises(SpecError, match="correct the file or delete it"):
        annotate(folder, note="new")
    assert (folder / NOTES).read_bytes() == data


def test_a_run_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="not a run"):
        annotate(tmp_path / "gone", note="new")
    assert not (tmp_path / "gone").exists()


def test_all_words_are_found_anywhere() -> None:
    texts = ("2026-lenet-1", "Wide net", "Does a larger rate help?")
    assert are_found("", texts)
    assert are_found("RATE wide", texts)
    assert not are_found("1wide", texts), "each is a text of its own"
    assert tags_of(" wide \t net,, rates,wide net") == ("wide net", "rates")
    assert Notes(note="why\n not").line == "why not"
    assert not are_found("rate narrow", texts)
