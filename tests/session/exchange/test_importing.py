"""Imports in a child process: their time limit, and the names that can be imported."""

import signal
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.session.waiting import wait_for
from workbench.session.exchange.importing import ImportJob, list_models


def test_an_import_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    file = tmp_path / "endless.py"
    file.write_text("while True: pass")
    job = ImportJob(str(file), tmp_path / "net.json", longest_s=0.0)
    while (state := job.poll()).phase == "running":
        job.wait(0.1)
    job.close()
    assert (state.phase, state.message) == ("failed", f"{file}: it did not finish within 0 minutes")
    assert [path.name for path in tmp_path.iterdir()] == ["endless.py"]


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (signal.SIGSEGV, "its reader crashed, which a valid file would not cause"),
        (signal.SIGXCPU, "reading it takes longer than a file of its size should"),
        (signal.SIGABRT, "reading it needs more memory than a file of its size should"),
    ],
)
def test_an_import_whose_reader_is_ended_says_why(tmp_path: Path, number: int, why: str) -> None:
    """As the kernel ends it: by the signal of a crash, of the limit on its time, and of a failed allocation."""
    job = ImportJob("net.onnx", tmp_path / "net.json")
    job._process.send_signal(number)
    wait_for(lambda: job.poll().phase != "running")
    job.close()
    assert (job.poll().phase, job.poll().message) == ("failed", f"net.onnx: {why}")


LEAVES_A_PROCESS = """
import subprocess, sys

subprocess.Popen(
    [sys.executable, "-c", "import sys, time\\nfrom pathlib import Path\\nwhile Path(sys.argv[1]).exists(): time.sleep(0.01)", __file__]
)
raise ValueError("nothing to import")
"""


def test_an_import_ends_although_the_file_leaves_a_process_behind(tmp_path: Path) -> None:
    """Which has the import's output open: here, as long as the file is there."""
    file = tmp_path / "leaves.py"
    file.write_text(LEAVES_A_PROCESS)
    job = ImportJob(str(file), tmp_path / "net.json")
    try:
        wait_for(lambda: job.wait(0.1) and job.poll().phase != "running", deadline_s=60)
        assert job.poll().phase == "failed" and "nothing to import" in job.poll().message
    finally:
        file.unlink()
        job.close()


@pytest.mark.slow
def test_the_libraries_say_what_they_have() -> None:
    job = list_models()
    while not job.wait(1.0):
        pass
    job.close()
    report = job.poll().report
    assert report is not None
    names = report["names"]
    assert {"torchvision:resnet18", "torchvision:vit_b_16", "torchvision:fcn_resnet50"} <= {*names}
    assert ("timm:convnext_femto" in names) == (find_spec("timm") is not None)
    assert len(names) == len({*names})
