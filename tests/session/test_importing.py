"""Imports in a child process: their time limit, and the names that can be imported."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from workbench.session.importing import ImportJob, NamesJob


def test_an_import_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    file = tmp_path / "endless.py"
    file.write_text("while True: pass")
    job = ImportJob(str(file), tmp_path / "net.json", longest_s=0.0)
    while (state := job.poll()).phase == "running":
        job.wait(0.1)
    job.close()
    assert (state.phase, state.message) == ("failed", f"{file}: it did not finish within 0 minutes")
    assert [path.name for path in tmp_path.iterdir()] == ["endless.py"]


@pytest.mark.slow
def test_the_libraries_say_what_they_have() -> None:
    job = NamesJob()
    while not job.wait(1.0):
        pass
    job.close()
    report = job.poll().report
    assert report is not None
    names = report["names"]
    assert {"torchvision:resnet18", "torchvision:vit_b_16", "torchvision:fcn_resnet50"} <= {*names}
    assert ("timm:convnext_femto" in names) == (find_spec("timm") is not None)
    assert len(names) == len({*names})
