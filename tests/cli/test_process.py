"""The command line in a separate process: signals, pipes and terminals."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.session.waiting import DEADLINE_S, logged, patiently
from tests.training.experiments import endless
from workbench import cli
from workbench.runs.store import is_held, open_run
from workbench.session.running import in_process
from workbench.session.running.in_process import is_running


def test_help_needs_no_torch() -> None:
    code = (
        "import sys; from workbench import cli; cli.main(['--help']); cli.main(['train', '--help']);"
        "print(sorted({'torch', 'PySide6', 'onnx', 'numpy.testing'} & sys.modules.keys()))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"


def test_ctrl_c_ends_with_a_checkpoint_from_which_it_goes_on(tmp_path: Path, capsys) -> None:
    command = [sys.executable, "-m", "workbench", "train", "mlp-xor", "--epochs", "100000", "--runs", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr.readline().startswith("epoch 1/100000")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130
    (folder,) = tmp_path.iterdir()
    assert err.splitlines()[-1] == f"stopped; resume with: python -m workbench resume {folder}"
    assert "Traceback" not in err and out.splitlines()[-1] == str(folder)

    stopped = open_run(folder)
    assert stopped.state == "stopped" and stopped.resumable
    enough = max(event.epoch for event in stopped.events if type(event).__name__ == "EpochFinished") + 2
    assert cli.main(["resume", str(folder), "--epochs", str(enough), "--json"]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out.splitlines()[-1])
    assert found["state"] == "finished" and found["epochs"] == enough
    begins = int(re.match(r"continues (?:after|in) epoch (\d+)/", said.err).group(1))
    told = [int(epoch) for epoch in re.findall(r"^epoch (\d+)/", said.err, flags=re.MULTILINE)]
    assert told == list(range(enough - len(told) + 1, enough + 1)) and told[0] - begins in (0, 1)
    steps = [event.step for event in logged(folder) if type(event).__name__ == "StepFinished"]
    assert steps == list(range(1, len(steps) + 1)), "each step is told once"


def interrupted(arguments: list[str], shown: bytes) -> tuple[int, str]:
    """Press Ctrl+C in a real terminal once ``shown`` appears; return the exit status and the output."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "workbench", *arguments])
    said = b""
    while shown not in said:
        said += os.read(terminal, 1024)
    os.write(terminal, b"\x03")
    with suppress(OSError):  # the other end is closed
        while read := os.read(terminal, 1024):
            said += read
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), said.decode()


@pytest.mark.slow
def test_ctrl_c_while_a_separate_process_starts_stops_that_too(tmp_path: Path) -> None:
    arguments = ["train", "mlp-xor", "--epochs", "100000", "--runs", str(tmp_path), "--detach"]
    status, said = interrupted(arguments, b"Starting the process")
    (folder,) = tmp_path.iterdir()
    assert status == 128 + signal.SIGINT and "Traceback" not in said
    assert re.search(rf"stopped; .*python -m workbench resume {re.escape(str(folder))}\s*$", said)
    patiently(lambda: not is_held(folder))
    stopped = open_run(folder)
    assert stopped.state == "stopped" and stopped.resumable and type(stopped.events[-1]).__name__ == "RunStopped"


@pytest.mark.slow
def test_ctrl_c_leaves_a_run_that_trains_elsewhere(tmp_path: Path) -> None:
    run = in_process.start(endless(), tmp_path)
    try:
        status, said = interrupted(["follow", str(run.folder)], b"epoch 1/5000")
        assert status == 128 + signal.SIGINT
        assert said.rstrip().endswith(f"still running; follow it with: python -m workbench follow {run.folder}")
        assert is_running(run.folder)
    finally:
        run.stop()
        assert run.join(DEADLINE_S)


@pytest.mark.slow
def test_ctrl_c_ends_a_search_for_a_learning_rate(tmp_path: Path) -> None:
    status, said = interrupted(["find-lr", "resnet20", "--dataset", "digits"], b"loss")
    assert status == 128 + signal.SIGINT and said.rstrip().endswith("stopped") and "Traceback" not in said


def test_the_end_of_the_terminal_ends_with_a_checkpoint_too(tmp_path: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup
        arguments = ["train", "mlp-xor", "--epochs", "100000", "--runs", str(tmp_path)]
        os.execv(sys.executable, [sys.executable, "-m", "workbench", *arguments])
    said = b""
    while b"epoch 1" not in said:
        said += os.read(terminal, 1024)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGHUP
    (folder,) = tmp_path.iterdir()
    stopped = open_run(folder)
    assert stopped.state == "stopped" and stopped.resumable and type(stopped.events[-1]).__name__ == "RunStopped"


def test_a_run_that_nobody_reads_of_any_more_ends_with_a_checkpoint(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "workbench", "train", "mlp-xor", "--epochs", "100000", "--runs", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr.readline().startswith("epoch 1/100000")
        process.stderr.close()
    assert process.returncode == 0
    (folder,) = tmp_path.iterdir()
    stopped = open_run(folder)
    assert stopped.state == "stopped" and stopped.resumable and type(stopped.events[-1]).__name__ == "RunStopped"


def test_what_is_printed_to_a_closed_stdout_goes_nowhere(tmp_path: Path) -> None:
    command = ["sh", "-c", '"$@" >&-', "sh", sys.executable, "-m", "workbench", "runs", "--runs", str(tmp_path)]
    ended = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 0 and ended.stderr == ""


def test_a_disk_too_full_for_what_is_printed_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "workbench", "runs", "--runs", str(tmp_path)]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr == ("the output cannot be written: No space left on device; free some space and try again\n")


ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_code_is_written_alike_in_any_locale() -> None:
    code = """from workbench.session.exchange.code import formatted; print(ascii(formatted("shape = '3\\u00d73'")))"""
    ended = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | ASCII, capture_output=True, text=True, check=True
    )
    assert ended.stdout == """'shape = "3\\xd73"\\n'\n"""


def test_a_reader_that_has_had_enough_is_no_fault(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "workbench", "runs", "--runs", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0
